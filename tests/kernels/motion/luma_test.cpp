// SPDX-License-Identifier: Apache-2.0
#include "kernels/motion/luma.hpp"

#include <gtest/gtest.h>

#include "tests/kernels/motion/textured.hpp"

namespace weir {
namespace {

using test::Picture;

Picture by_chance(int width, int height, PixelFormat format, std::uint64_t seed) {
  Picture picture(width, height, format);
  Random random(seed);
  for (std::uint8_t& value : picture.pixels) value = static_cast<std::uint8_t>(random.below(256));
  return picture;
}

/// The mean luma of a square, written out.
float plain_mean(const Picture& picture, int side, int x, int y) {
  double sum = 0;
  const int rows = std::min(side, 4);
  for (int j = 0; j < rows; ++j) {
    const std::uint8_t* row = picture.view().row(y * side + j * side / rows);
    for (int i = x * side; i < (x + 1) * side; ++i) {
      sum += picture.format == PixelFormat::gray8 ? row[i]
                                                  : 0.25 * row[3 * i] + 0.5 * row[3 * i + 1] + 0.25 * row[3 * i + 2];
    }
  }
  return static_cast<float>(sum / (rows * side));
}

TEST(LumaReducer, IsTheMeanOfEachSquare) {
  LumaReducer reducer;
  LumaImage small;
  for (const PixelFormat format : {PixelFormat::bgr8, PixelFormat::gray8}) {
    for (const auto& [width, height] : {std::pair{1242, 75}, {640, 31}, {333, 20}, {17, 9}, {4100, 40}, {1, 1}}) {
      const Picture picture = by_chance(width, height, format, 7);
      reducer.reduce(picture.view(), small);
      ASSERT_EQ(small.width, width / small.reduction);
      ASSERT_EQ(small.height, height / small.reduction);
      ASSERT_LT(small.width, 481);
      for (int y = 0; y < small.height; ++y) {
        for (int x = 0; x < small.width; ++x) {
          ASSERT_NEAR(small.row(y)[x], plain_mean(picture, small.reduction, x, y), 0.01)
              << width << ": " << x << " " << y;
        }
      }
    }
  }
}

TEST(LumaReducer, GivesNothingWithoutPixels) {
  LumaReducer reducer;
  LumaImage small;
  reducer.reduce({}, small);
  EXPECT_TRUE(small.empty());
  reducer.reduce(Picture(1280, 2).view(), small);
  EXPECT_TRUE(small.empty()) << "thinner than a square of four";
  halve(small, small);
  EXPECT_TRUE(small.empty());
}

}  // namespace
}  // namespace weir
