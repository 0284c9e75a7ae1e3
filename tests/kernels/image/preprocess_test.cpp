// SPDX-License-Identifier: Apache-2.0
#include "kernels/image/preprocess.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "kernels/base/random.hpp"
#include "kernels/image/preprocess_rows.hpp"
#include "tests/support/allocation_count.hpp"

namespace weir {
namespace {

struct Image {
  std::vector<std::uint8_t> bytes;
  ImageView view;
};

// Exactly the bytes the image needs, so that the address sanitizer sees any read past the last row.
Image noise(Random& random, int width, int height, PixelFormat format = PixelFormat::bgr8) {
  Image image;
  const int step = bytes_per_pixel(format);
  const std::ptrdiff_t stride = width * step + static_cast<std::ptrdiff_t>(random.below(5));
  image.bytes.resize(static_cast<std::size_t>(stride * (height - 1) + width * step));
  for (auto& b : image.bytes) b = static_cast<std::uint8_t>(random.below(256));
  image.view = {image.bytes.data(), width, height, stride, format};
  return image;
}

int side(Random& random, int most) { return 1 + static_cast<int>(random.below(static_cast<std::uint64_t>(most))); }

PreprocessOptions any_options(Random& random) {
  PreprocessOptions o;
  o.width = side(random, 90);
  o.height = side(random, 50);
  o.fit = static_cast<Fit>(random.below(4));
  o.rgb = random.below(2) == 1;
  for (auto& m : o.mean) m = static_cast<float>(random.uniform(0, 130));
  for (auto& s : o.std) s = static_cast<float>(random.uniform(1, 70));
  return o;
}

// Grey levels: what 16-bit fixed point may lose.
constexpr double kTolerance = 0.02;

double worst_difference(std::span<const float> a, std::span<const float> b) {
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) || std::isnan(b[i])) return 1e9;
    worst = std::max(worst, static_cast<double>(std::abs(a[i] - b[i])));
  }
  return worst;
}

void fuzz(std::uint64_t seed, int trials) {
  Random random(seed);
  for (int trial = 0; trial < trials; ++trial) {
    const PreprocessOptions options = any_options(random);
    auto plan = PreprocessPlan::create(options).value();
    const auto format = random.below(4) == 0 ? PixelFormat::gray8 : PixelFormat::bgr8;
    const Image image = noise(random, side(random, 150), side(random, 80), format);
    std::vector<float> fast(plan.elements(), NAN), slow(plan.elements(), NAN);
    ASSERT_TRUE(plan.run(image.view, fast).ok());
    ASSERT_TRUE(plan.run_scalar(image.view, slow).ok());
    ASSERT_LT(worst_difference(fast, slow), kTolerance)
        << "trial " << trial << ": " << image.view.width << "x" << image.view.height << " to " << options.width << "x"
        << options.height << " fit " << static_cast<int>(options.fit);
  }
}

TEST(Preprocess, FastEqualsScalarOnManySizes) { fuzz(1, 400); }

TEST(Preprocess, FastEqualsScalarOnEveryInstructionSetHere) {
  const auto all = rows::supported_operations();
  for (std::size_t i = 0; i < all.size(); ++i) {
    SCOPED_TRACE(i);
    rows::use_operations(*all[i]);
    fuzz(9, 100);
  }
  rows::use_operations(*all.front());
}

TEST(Preprocess, OnePlanServesImagesOfChangingSize) {
  Random random(2);
  auto plan = PreprocessPlan::create({.width = 32, .height = 24, .fit = Fit::letterbox_center}).value();
  std::vector<float> fast(plan.elements()), slow(plan.elements());
  for (int trial = 0; trial < 50; ++trial) {
    const Image image = noise(random, side(random, 100), side(random, 100));
    ASSERT_TRUE(plan.run(image.view, fast).ok());
    auto fresh = PreprocessPlan::create(plan.options()).value();
    ASSERT_TRUE(fresh.run_scalar(image.view, slow).ok());
    ASSERT_LT(worst_difference(fast, slow), kTolerance);
  }
}

TEST(Preprocess, AgreesWithOpenCvResize) {
  Random random(3);
  const int sizes[][4] = {
      {1242, 375, 640, 192}, {416, 128, 416, 128}, {100, 60, 333, 177}, {640, 480, 320, 320}, {7, 5, 64, 64}};
  for (const auto& [sw, sh, dw, dh] : sizes) {
    const Image image = noise(random, sw, sh);
    auto plan = PreprocessPlan::create({.width = dw, .height = dh}).value();
    std::vector<float> ours(plan.elements());
    ASSERT_TRUE(plan.run(image.view, ours).ok());
    const cv::Mat source(sh, sw, CV_8UC3, const_cast<std::uint8_t*>(image.view.data),
                         static_cast<std::size_t>(image.view.stride));
    cv::Mat resized;
    cv::resize(source, resized, {dw, dh}, 0, 0, cv::INTER_LINEAR);
    double worst = 0;
    for (int y = 0; y < dh; ++y) {
      for (int x = 0; x < dw; ++x) {
        for (int c = 0; c < 3; ++c) {
          const float value = ours[static_cast<std::size_t>((c * dh + y) * dw + x)];
          worst = std::max(worst, std::abs(static_cast<double>(value) - resized.at<cv::Vec3b>(y, x)[c]));
        }
      }
    }
    EXPECT_LT(worst, 1.1) << sw << "x" << sh << " to " << dw << "x" << dh;
  }
}

TEST(Preprocess, BytesAreTheFloatsRounded) {
  Random random(4);
  for (int trial = 0; trial < 60; ++trial) {
    PreprocessOptions options = any_options(random);
    options.mean = {0, 0, 0};
    options.std = {1, 1, 1};
    auto plan = PreprocessPlan::create(options).value();
    const Image image = noise(random, side(random, 100), side(random, 60));
    std::vector<float> floats(plan.elements());
    std::vector<std::uint8_t> planar(plan.elements()), interleaved(plan.elements());
    ASSERT_TRUE(plan.run(image.view, floats).ok());
    ASSERT_TRUE(plan.run(image.view, planar, ByteLayout::planar).ok());
    ASSERT_TRUE(plan.run(image.view, interleaved, ByteLayout::interleaved).ok());
    const std::size_t plane = plan.elements() / 3;
    for (std::size_t c = 0; c < 3; ++c) {
      for (std::size_t i = 0; i < plane; ++i) {
        ASSERT_NEAR(planar[c * plane + i], floats[c * plane + i], 0.501);
        ASSERT_EQ(planar[c * plane + i], interleaved[3 * i + c]);
      }
    }
  }
}

TEST(Preprocess, CropIsJustAView) {
  Random random(5);
  const Image image = noise(random, 200, 100);
  const ImageView crop = image.view.crop(30, 20, 64, 32);
  auto plan = PreprocessPlan::create({.width = 64, .height = 32}).value();
  std::vector<float> out(plan.elements());
  ASSERT_TRUE(plan.run(crop, out).ok());
  EXPECT_FLOAT_EQ(out[0], image.view.row(20)[30 * 3]);
  EXPECT_FLOAT_EQ(out[64 * 32 - 1], image.view.row(51)[93 * 3]);
}

TEST(Preprocess, LetterboxPlacesAsYolox) {
  Random random(6);
  const Image image = noise(random, 1242, 375);
  auto plan = PreprocessPlan::create({.width = 416, .height = 416, .fit = Fit::letterbox}).value();
  const ImageToTensor map = plan.geometry(1242, 375);
  EXPECT_FLOAT_EQ(map.scale_x, 416.F / 1242);
  EXPECT_FLOAT_EQ(map.scale_y, 125.F / 375);  // int(375 * 416 / 1242)
  EXPECT_EQ(map.offset_x, 0);
  EXPECT_EQ(map.offset_y, 0);
  std::vector<float> out(plan.elements());
  ASSERT_TRUE(plan.run(image.view, out).ok());
  EXPECT_EQ(out[125 * 416], 114);
  EXPECT_EQ(out.back(), 114);
  EXPECT_NE(out[124 * 416], 114);
}

TEST(Preprocess, PadMayBeginBehindPadding) {
  Random random(12);
  const Image image = noise(random, 50, 20);
  auto plan = PreprocessPlan::create({.width = 32, .height = 32, .fit = Fit::pad}).value();
  ASSERT_TRUE(plan.resize(64, 32, 5, 7).ok());
  std::vector<float> out(plan.elements()), plain(plan.elements());
  ASSERT_TRUE(plan.run(image.view, out).ok());
  for (int y = 0; y < 32; ++y) {
    for (int x = 0; x < 64; ++x) {
      const bool inside = x >= 5 && x < 55 && y >= 7 && y < 27;
      const float wanted = inside ? image.view.row(y - 7)[3 * (x - 5) + 1] : 114;
      ASSERT_EQ(out[static_cast<std::size_t>(64 * 32 + y * 64 + x)], wanted) << x << ' ' << y;
    }
  }
  ASSERT_TRUE(plan.run_scalar(image.view, plain).ok());
  EXPECT_EQ(out, plain);
  EXPECT_FLOAT_EQ(plan.geometry(50, 20).offset_x, 5);
  EXPECT_FLOAT_EQ(plan.geometry(50, 20).offset_y, 7);
  EXPECT_THAT(plan.resize(64, 32, 64, 0).error().text, testing::HasSubstr("leaves nothing"));
}

TEST(Preprocess, PadKeepsTheScaleUntilTheImageIsTooLarge) {
  Random random(11);
  const Image image = noise(random, 50, 20);
  auto plan = PreprocessPlan::create({.width = 32, .height = 32, .fit = Fit::pad}).value();
  ASSERT_TRUE(plan.resize(64, 32).ok());
  std::vector<float> out(plan.elements());
  ASSERT_EQ(out.size(), 3U * 64 * 32);
  ASSERT_TRUE(plan.run(image.view, out).ok());
  for (int y = 0; y < 32; ++y) {
    for (int x = 0; x < 64; ++x) {
      const float wanted = x < 50 && y < 20 ? image.view.row(y)[3 * x + 1] : 114;
      ASSERT_EQ(out[static_cast<std::size_t>(64 * 32 + y * 64 + x)], wanted) << x << ' ' << y;
    }
  }
  ASSERT_TRUE(plan.resize(32, 32).ok());
  EXPECT_FLOAT_EQ(plan.geometry(50, 20).scale_x, 32.F / 50);
  EXPECT_FLOAT_EQ(plan.geometry(50, 20).scale_y, 12.F / 20);
  EXPECT_THAT(plan.resize(32, 0).error().text, testing::HasSubstr("32x0"));
}

TEST(Preprocess, BoxesComeBackWhereTheyWere) {
  Random random(7);
  for (const Fit fit : {Fit::stretch, Fit::letterbox, Fit::letterbox_center, Fit::pad}) {
    auto plan = PreprocessPlan::create({.width = 320, .height = 256, .fit = fit}).value();
    const ImageToTensor map = plan.geometry(1242, 375);
    const Box box{100, 50, 300, 200};
    const Box back = map.to_image(map.to_tensor(box));
    EXPECT_NEAR(back.left, box.left, 1e-3);
    EXPECT_NEAR(back.bottom, box.bottom, 1e-3);
    const Box inside = map.from_frame(40, 10).to_tensor({140, 60, 340, 210});
    EXPECT_NEAR(inside.left, map.to_tensor(box).left, 1e-3);
    EXPECT_NEAR(inside.bottom, map.to_tensor(box).bottom, 1e-3);
  }
}

TEST(Preprocess, SteadyStateAllocatesNothing) {
  Random random(10);
  auto plan = PreprocessPlan::create({.width = 64, .height = 48, .fit = Fit::letterbox}).value();
  std::vector<float> floats(plan.elements());
  std::vector<std::uint8_t> bytes(plan.elements());
  std::vector<Image> images;
  for (const int w : {200, 90, 160}) images.push_back(noise(random, w, 60));
  std::size_t before = 0;
  for (int round = 0; round < 3; ++round) {
    if (round == 1) before = test::allocation_count();
    for (const Image& image : images) {
      ASSERT_TRUE(plan.run(image.view, floats).ok());
      ASSERT_TRUE(plan.run(image.view, bytes, ByteLayout::planar).ok());
    }
  }
  EXPECT_EQ(test::allocation_count(), before);
}

TEST(Preprocess, RefusesWhatItCannotDo) {
  EXPECT_THAT(PreprocessPlan::create({.width = 0, .height = 32}).error().text, testing::HasSubstr("0x32"));
  EXPECT_FALSE(PreprocessPlan::create({.width = 8, .height = 8, .std = {1, 0, 1}}).has_value());
  EXPECT_FALSE(PreprocessPlan::create({.width = 8, .height = 8, .padding = -1}).has_value());
  auto plan = PreprocessPlan::create({.width = 8, .height = 8}).value();
  std::vector<float> wrong(10), right(192);
  Random random(8);
  const Image image = noise(random, 4, 4);
  EXPECT_THAT(plan.run(image.view, wrong).error().text,
              testing::AllOf(testing::HasSubstr("10"), testing::HasSubstr("192")));
  EXPECT_FALSE(plan.run(ImageView{}, right).ok());
}

}  // namespace
}  // namespace weir
