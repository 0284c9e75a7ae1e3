// SPDX-License-Identifier: Apache-2.0
#include "train/common/data/augment.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace weir::train {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const cv::Scalar kGround(40, 40, 40), kObject(250, 250, 250);

/// A dark image with bright objects, which are its labels.
Example with_objects(const std::vector<Box>& boxes, cv::Size size = {1242, 375}) {
  Example example;
  example.name = "drawn";
  example.image = cv::Mat(size, CV_8UC3, kGround);
  example.labelled = true;
  for (const Box& box : boxes) {
    const cv::Point from(static_cast<int>(box.left), static_cast<int>(box.top));
    const cv::Point to(static_cast<int>(box.right), static_cast<int>(box.bottom));
    example.image(cv::Rect(from, to)).setTo(kObject);
    example.boxes.push_back({box, kCyclist, 0.9F});
  }
  return example;
}

/// Geometry only: nothing that changes pixels where they are.
AugmentOptions plain() {
  AugmentOptions options;
  options.mosaic = options.paste = options.colour = options.gray = options.blur = options.noise = options.jpeg =
      options.illumination = 0;
  return options;
}

/// The box around the bright pixels of the crop.
cv::Rect bright(const cv::Mat& image) {
  std::vector<cv::Mat> channels;
  cv::split(image, channels);
  return cv::boundingRect(channels[0] > 180);
}

/// How far the box is from the bright pixels at its worst side, in pixels.
double misfit(const Box& box, const cv::Rect& seen) {
  return std::max({std::abs(box.left - static_cast<float>(seen.x)), std::abs(box.top - static_cast<float>(seen.y)),
                   std::abs(box.right - static_cast<float>(seen.br().x)),
                   std::abs(box.bottom - static_cast<float>(seen.br().y))});
}

TEST(Augmenter, BoxesFollowThePictureThroughScaleFlipAndCrop) {
  const std::vector<Example> pool{with_objects({{600, 100, 700, 180}}), with_objects({{0, 300, 60, 375}}),
                                  with_objects({{300, 200, 360, 280}}, {960, 540})};
  Augmenter augmenter(plain(), 3);
  int checked = 0;
  for (std::uint64_t draw = 0; draw < 300; ++draw) {
    const AugmentedExample crop = augmenter.make(pool, draw % pool.size(), draw);
    ASSERT_TRUE(crop.image.isContinuous());
    ASSERT_EQ(crop.image.size(), cv::Size(320, 192));
    if (crop.boxes.size() != 1) continue;
    EXPECT_LE(misfit(crop.boxes[0].box, bright(crop.image)), 1.01) << "draw " << draw;
    EXPECT_EQ(crop.boxes[0].label, kCyclist);
    EXPECT_EQ(crop.boxes[0].score, 0.9F);
    ++checked;
  }
  EXPECT_GT(checked, 150);
}

TEST(Augmenter, ScaleIsRelativeToKittiWhateverTheSource) {
  AugmentOptions options = plain();
  options.focus = 1;
  options.aspect = 0;
  const std::vector<Example> pool{with_objects({{600, 150, 650, 200}}),
                                  with_objects({{500, 300, 600, 400}}, {1600, 750})};
  int checked = 0;
  for (const double scale : {0.5, 1.2}) {
    options.min_scale = options.max_scale = scale;
    Augmenter augmenter(options, 1);
    for (std::uint64_t draw = 0; draw < 20; ++draw) {
      const AugmentedExample crop = augmenter.make(pool, draw % 2, draw);
      const bool whole = crop.boxes.size() == 1 && crop.boxes[0].box.left > 0 && crop.boxes[0].box.right < 320 &&
                         crop.boxes[0].box.top > 0 && crop.boxes[0].box.bottom < 192;
      if (whole) {
        EXPECT_NEAR(crop.boxes[0].box.width(), 50 * scale, 1);
        ++checked;
      }
    }
  }
  EXPECT_GT(checked, 20);
}

TEST(Augmenter, TheSameDrawGivesTheSameCropWhateverCameBefore) {
  const std::vector<Example> pool{with_objects({{600, 100, 700, 180}, {100, 100, 130, 180}}),
                                  with_objects({{300, 200, 360, 280}}, {960, 540})};
  Augmenter first(AugmentOptions{}, 9), second(AugmentOptions{}, 9), other(AugmentOptions{}, 10);
  int differ = 0;
  for (std::uint64_t draw = 0; draw < 30; ++draw) first.make(pool, 0, draw);
  for (std::uint64_t draw = 40; draw-- > 0;) {
    const AugmentedExample a = first.make(pool, 1, draw), b = second.make(pool, 1, draw), c = other.make(pool, 1, draw);
    ASSERT_EQ(cv::norm(a.image, b.image, cv::NORM_INF), 0) << "draw " << draw;
    ASSERT_EQ(a.boxes.size(), b.boxes.size());
    for (std::size_t i = 0; i < a.boxes.size(); ++i) EXPECT_EQ(a.boxes[i].box, b.boxes[i].box);
    EXPECT_EQ(a.ignored, b.ignored);
    differ += cv::norm(a.image, c.image, cv::NORM_INF) > 0;
  }
  EXPECT_GT(differ, 35);
}

TEST(Augmenter, EverythingLiesWithinTheCropAndKeepsItsSize) {
  std::vector<Example> pool{
      with_objects({{0, 0, 80, 60}, {600, 100, 700, 180}, {1200, 300, 1242, 375}, {50, 200, 53, 203}})};
  pool[0].ignored.push_back({400, 0, 900, 50});
  const AugmentOptions options;
  Augmenter augmenter(options, 5);
  for (std::uint64_t draw = 0; draw < 300; ++draw) {
    const AugmentedExample crop = augmenter.make(pool, 0, draw);
    EXPECT_TRUE(crop.labelled);
    for (const LabelledBox& object : crop.boxes) {
      EXPECT_EQ(object.box, clip(object.box, 320, 192));
      EXPECT_GE(object.box.width(), options.keep_side);
      EXPECT_GE(object.box.height(), options.keep_side);
    }
    for (const Box& region : crop.ignored) {
      EXPECT_EQ(region, clip(region, 320, 192));
      EXPECT_GT(region.area(), 0);
    }
  }
}

TEST(Augmenter, SmallRestsOfObjectsAreIgnoredNotLost) {
  const std::vector<Example> pool{with_objects({{600, 100, 800, 250}})};
  AugmentOptions options = plain();
  options.keep_area = 0.999;
  Augmenter augmenter(options, 5);
  int cut = 0;
  for (std::uint64_t draw = 0; draw < 100; ++draw) {
    const AugmentedExample crop = augmenter.make(pool, 0, draw);
    const cv::Rect seen = bright(crop.image);
    if (seen.area() < 8) continue;
    ASSERT_EQ(crop.boxes.size() + crop.ignored.size(), 1U) << "draw " << draw;
    cut += static_cast<int>(crop.ignored.size());
  }
  EXPECT_GT(cut, 10);
}

TEST(Augmenter, UnlabelledImagesBecomeIgnoredRegions) {
  std::vector<Example> pool{with_objects({{600, 100, 700, 180}}), with_objects({})};
  pool[1].labelled = false;
  Augmenter alone(plain(), 2);
  const AugmentedExample crop = alone.make(pool, 1, 0);
  EXPECT_FALSE(crop.labelled);
  EXPECT_THAT(crop.ignored, ::testing::ElementsAre(Box{0, 0, 320, 192}));

  AugmentOptions options = plain();
  options.mosaic = 1;
  Augmenter mosaic(options, 2);
  const std::vector<std::size_t> partners{1};
  const AugmentedExample mixed = mosaic.make(pool, 0, 0, partners);
  EXPECT_TRUE(mixed.labelled);
  float ignored = 0;
  for (const Box& region : mixed.ignored) ignored += region.area();
  EXPECT_GT(ignored, 0.4F * 320 * 192);
  EXPECT_LT(ignored, 320 * 192);
}

TEST(Augmenter, PastedObjectsLieWhereTheirBoxesSay) {
  Example donor = with_objects({{500, 100, 600, 200}});
  const std::vector<Example> pool{with_objects({}), donor};
  AugmentOptions options = plain();
  options.paste = 1;
  Augmenter augmenter(options, 8);
  const std::vector<std::size_t> partners{1};
  int checked = 0;
  for (std::uint64_t draw = 0; draw < 200; ++draw) {
    const AugmentedExample crop = augmenter.make(pool, 0, draw, partners);
    if (crop.boxes.size() != 1) continue;
    EXPECT_LE(misfit(crop.boxes[0].box, bright(crop.image)), 1.6) << "draw " << draw;
    ++checked;
  }
  EXPECT_GT(checked, 20);
}

TEST(Augmenter, PastesNothingAnUnsureTeacherFound) {
  Example donor = with_objects({{500, 100, 600, 200}});
  donor.boxes[0].score = 0.5F;
  const std::vector<Example> pool{with_objects({}), donor};
  AugmentOptions options = plain();
  options.paste = 1;
  Augmenter augmenter(options, 8);
  const std::vector<std::size_t> partners{1};
  for (std::uint64_t draw = 0; draw < 50; ++draw) EXPECT_THAT(augmenter.make(pool, 0, draw, partners).boxes, IsEmpty());
}

TEST(Augmenter, ChangesPixelsOnlyByItsChances) {
  const std::vector<Example> pool{with_objects({{0, 0, 1242, 375}})};
  AugmentOptions options = plain();
  options.min_scale = options.max_scale = 1;
  options.aspect = 0;
  Augmenter same(options, 1);
  const auto change = [&](double AugmentOptions::*chance) {
    AugmentOptions changed = options;
    changed.*chance = 1;
    Augmenter augmenter(changed, 1);
    double most = 0;
    for (std::uint64_t draw = 0; draw < 10; ++draw) {
      const cv::Mat image = augmenter.make(pool, 0, draw).image;
      most = std::max(most, cv::norm(image, cv::Mat(image.size(), CV_8UC3, kObject), cv::NORM_INF));
    }
    return most;
  };
  const cv::Mat image = same.make(pool, 0, 0).image;
  EXPECT_EQ(cv::norm(image, cv::Mat(image.size(), CV_8UC3, kObject), cv::NORM_INF), 0);
  EXPECT_GT(change(&AugmentOptions::colour), 10);
  EXPECT_GT(change(&AugmentOptions::noise), 5);
  EXPECT_GT(change(&AugmentOptions::illumination), 10);
}

TEST(Augmenter, SurvivesImagesSmallerThanTheCrop) {
  const std::vector<Example> pool{with_objects({{0, 0, 2, 2}}, {2, 2}), with_objects({}, {1, 1}),
                                  with_objects({{0, 0, 5, 900}}, {5, 2000})};
  Augmenter augmenter(AugmentOptions{}, 1);
  for (std::uint64_t draw = 0; draw < 200; ++draw) {
    EXPECT_EQ(augmenter.make(pool, draw % 3, draw).image.size(), cv::Size(320, 192));
  }
}

}  // namespace
}  // namespace weir::train
