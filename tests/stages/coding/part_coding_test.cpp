// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "stages/coding/part_decoder.hpp"
#include "stages/coding/part_encoder.hpp"

namespace weir {
namespace {

using ::testing::HasSubstr;

/// A soft colour pattern, which every codec keeps nearly as it is.
void paint(const MutableImageView& view) {
  for (int y = 0; y < view.height; ++y) {
    for (int x = 0; x < view.width; ++x) {
      view.row(y)[3 * x] = static_cast<std::uint8_t>(128 + 100 * std::sin(0.05 * x));
      view.row(y)[3 * x + 1] = static_cast<std::uint8_t>(128 + 100 * std::sin(0.04 * y));
      view.row(y)[3 * x + 2] = static_cast<std::uint8_t>(128 + 60 * std::sin(0.03 * (x + y)));
    }
  }
}

double mean_error(const ImageView& a, const ImageView& b) {
  double sum = 0;
  for (int y = 0; y < a.height; ++y) {
    for (int i = 0; i < 3 * a.width; ++i) sum += std::abs(int{a.row(y)[i]} - int{b.row(y)[i]});
  }
  return sum / (3.0 * a.width * a.height);
}

Frame encoded_frame(ImageEncoding encoding, const std::vector<std::uint8_t>& bytes, int width, int height) {
  Frame frame;
  auto kept = std::make_shared<std::vector<std::uint8_t>>(bytes);
  frame.adopt_encoded(encoding, *kept, width, height, PixelFormat::bgr8, kept);
  return frame;
}

class PartCoding : public testing::TestWithParam<ImageEncoding> {};

TEST_P(PartCoding, PartsOfAnySizeComeBack) {
  auto encoder = PartEncoder::create(GetParam(), 90);
  ASSERT_TRUE(encoder) << encoder.error().text;
  const auto decoder = make_part_decoder();
  Frame whole;
  const MutableImageView pixels = whole.allocate(420, 200, PixelFormat::bgr8);
  paint(pixels);
  std::vector<std::uint8_t> bytes;
  for (const auto& [width, height] : {std::pair{1, 1}, {33, 7}, {128, 64}, {301, 130}, {128, 64}, {420, 200}}) {
    const ImageView part = whole.image.crop(420 - width, 200 - height, width, height);
    const Status status = (*encoder)->encode(part, bytes);
    ASSERT_TRUE(status) << status.error().text;
    if (width > 100) {
      EXPECT_LT(bytes.size(), static_cast<std::size_t>(width * height));
    }
    Frame back;
    const Status read = decoder->decode(encoded_frame(GetParam(), bytes, width, height), back);
    ASSERT_TRUE(read) << read.error().text;
    ASSERT_EQ(back.image.width, width);
    ASSERT_EQ(back.image.height, height);
    EXPECT_EQ(back.encoding, ImageEncoding::raw);
    EXPECT_LT(mean_error(back.image, part), 8) << width << "x" << height;
  }
}

TEST_P(PartCoding, BetterQualityTakesMoreBytes) {
  Frame whole;
  const MutableImageView pixels = whole.allocate(256, 128, PixelFormat::bgr8);
  paint(pixels);
  for (int y = 0; y < 128; ++y) {
    for (int x = 0; x < 3 * 256; ++x) pixels.row(y)[x] ^= static_cast<std::uint8_t>((x * 7 + y * 13) % 16);
  }
  std::size_t before = 0;
  for (const int quality : {30, 60, 95}) {
    auto encoder = PartEncoder::create(GetParam(), quality);
    ASSERT_TRUE(encoder) << encoder.error().text;
    std::vector<std::uint8_t> bytes;
    ASSERT_TRUE((*encoder)->encode(whole.image, bytes));
    EXPECT_GT(bytes.size(), before);
    before = bytes.size();
  }
}

TEST_P(PartCoding, DamageIsToldAndTheNextPartIsFine) {
  auto encoder = PartEncoder::create(GetParam(), 80);
  ASSERT_TRUE(encoder) << encoder.error().text;
  Frame whole;
  paint(whole.allocate(64, 64, PixelFormat::bgr8));
  std::vector<std::uint8_t> bytes;
  ASSERT_TRUE((*encoder)->encode(whole.image, bytes));
  Frame back;
  const Status size = make_part_decoder()->decode(encoded_frame(GetParam(), bytes, 500, 20), back);
  ASSERT_FALSE(size);
  EXPECT_EQ(size.error().code, Code::corrupt);
  EXPECT_THAT(size.error().text, HasSubstr("500x20"));
  const std::vector<std::uint8_t> garbage(300, 0x55);
  const Status none = make_part_decoder()->decode(encoded_frame(GetParam(), garbage, 64, 64), back);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Code::corrupt);
  EXPECT_TRUE(make_part_decoder()->decode(encoded_frame(GetParam(), bytes, 64, 64), back));
}

INSTANTIATE_TEST_SUITE_P(All, PartCoding,
                         testing::Values(ImageEncoding::jpeg, ImageEncoding::webp, ImageEncoding::h264),
                         [](const auto& coding) { return std::string(to_string(coding.param)); });

TEST(PartEncoder, RefusesWhatItCannotEncode) {
  EXPECT_FALSE(PartEncoder::create(ImageEncoding::raw, 80));
  auto encoder = PartEncoder::create(ImageEncoding::jpeg, 80);
  ASSERT_TRUE(encoder) << encoder.error().text;
  std::vector<std::uint8_t> bytes;
  EXPECT_EQ((*encoder)->encode({}, bytes).error().code, Code::invalid);
  Frame grey;
  grey.allocate(8, 8, PixelFormat::gray8);
  EXPECT_THAT((*encoder)->encode(grey.image, bytes).error().text, HasSubstr("wanted 1x1 to 16383x16383 in BGR"));
}

}  // namespace
}  // namespace weir
