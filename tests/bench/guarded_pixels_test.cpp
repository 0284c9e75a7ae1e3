// SPDX-License-Identifier: Apache-2.0
#include "bench/hop/guarded_pixels.hpp"

#include <gtest/gtest.h>

namespace weir::bench {
namespace {

TEST(GuardedPixels, CountTheFirstTouch) {
  const GuardedPixels pixels(100000);
  ASSERT_NE(pixels.data(), nullptr);
  EXPECT_EQ(pixels.touches(), 0U);
  const volatile std::uint8_t* data = pixels.data();
  EXPECT_EQ(data[50000], 0);
  EXPECT_EQ(pixels.touches(), 1U);
}

}  // namespace
}  // namespace weir::bench
