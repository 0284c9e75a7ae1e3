// SPDX-License-Identifier: Apache-2.0
#include "stages/coding/stream_video.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "stages/coding/intra_video.hpp"

namespace weir {
namespace {

constexpr int kWidth = 320, kHeight = 96;

/// A pattern that drifts slowly.
ImageView paint(Frame& frame, int time) {
  const MutableImageView view = frame.allocate(kWidth, kHeight, PixelFormat::bgr8);
  for (int y = 0; y < view.height; ++y) {
    for (int x = 0; x < view.width; ++x) {
      for (int c = 0; c < 3; ++c) {
        view.row(y)[3 * x + c] = static_cast<std::uint8_t>(128 + 70 * std::sin(0.07 * (x + time) + c) +
                                                           40 * std::sin(0.11 * y) + 10 * std::sin(1.7 * x * y));
      }
    }
  }
  return frame.image;
}

double mean_error(const ImageView& a, const ImageView& b) {
  double sum = 0;
  for (int y = 0; y < a.height; ++y) {
    for (int i = 0; i < 3 * a.width; ++i) sum += std::abs(int{a.row(y)[i]} - int{b.row(y)[i]});
  }
  return sum / (3.0 * a.width * a.height);
}

TEST(StreamVideo, PicturesReferToTheOneBeforeAndComeBackAtOnce) {
  auto encoder = StreamVideoEncoder::create(kWidth, kHeight, 24);
  ASSERT_TRUE(encoder) << encoder.error().text;
  auto decoder = IntraVideoDecoder::create();
  ASSERT_TRUE(decoder) << decoder.error().text;
  std::vector<std::uint8_t> bytes;
  std::size_t first = 0, later = 0;
  Frame frame, back;
  for (int time = 0; time < 8; ++time) {
    const ImageView image = paint(frame, time);
    ASSERT_TRUE((*encoder)->encode(image, false, bytes).ok());
    const Status read = (*decoder)->decode(bytes, kWidth, kHeight, back);
    ASSERT_TRUE(read) << "picture " << time << ": " << read.error().text;
    EXPECT_LT(mean_error(image, back.image), 6) << "picture " << time;
    (time == 0 ? first : later) = bytes.size();
  }
  EXPECT_LT(later * 2, first);
}

TEST(StreamVideo, AKeyFrameStartsANewDecoder) {
  auto encoder = StreamVideoEncoder::create(kWidth, kHeight, 24);
  ASSERT_TRUE(encoder) << encoder.error().text;
  std::vector<std::uint8_t> bytes;
  Frame frame, back;
  for (int time = 0; time < 3; ++time) ASSERT_TRUE((*encoder)->encode(paint(frame, time), false, bytes).ok());
  ASSERT_TRUE((*encoder)->encode(paint(frame, 3), true, bytes).ok());
  auto decoder = IntraVideoDecoder::create();
  ASSERT_TRUE(decoder) << decoder.error().text;
  const Status read = (*decoder)->decode(bytes, kWidth, kHeight, back);
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_LT(mean_error(frame.image, back.image), 6);
}

TEST(StreamVideo, RefusesPicturesOfAnotherSize) {
  auto encoder = StreamVideoEncoder::create(640, 192, 24);
  ASSERT_TRUE(encoder) << encoder.error().text;
  std::vector<std::uint8_t> bytes;
  Frame frame;
  const Status status = (*encoder)->encode(paint(frame, 0), false, bytes);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::invalid);
}

}  // namespace
}  // namespace weir
