// SPDX-License-Identifier: Apache-2.0
#include "kernels/detect/padded_side.hpp"

#include <gtest/gtest.h>

#include <set>

namespace weir {
namespace {

TEST(PaddedSide, HoldsTheImageInFewSizes) {
  std::set<int> sizes;
  for (int pixels = 1; pixels <= 1920; ++pixels) {
    const int side = padded_side(pixels, 1920);
    sizes.insert(side);
    ASSERT_GE(side, pixels);
    ASSERT_EQ(side % 32, 0);
    ASSERT_LE(side - pixels, std::max(31, pixels / 4)) << pixels;
  }
  EXPECT_EQ(sizes.size(), 23U);
}

TEST(PaddedSide, KnownSidesAndBounds) {
  EXPECT_EQ(padded_side(0, 1920), 32);
  EXPECT_EQ(padded_side(1, 1920), 32);
  EXPECT_EQ(padded_side(33, 1920), 64);
  EXPECT_EQ(padded_side(257, 1920), 320);
  EXPECT_EQ(padded_side(375, 1920), 384);
  EXPECT_EQ(padded_side(1242, 1920), 1280);
  EXPECT_EQ(padded_side(990, 992), 992);
  EXPECT_EQ(padded_side(5000, 992), 992);
}

}  // namespace
}  // namespace weir
