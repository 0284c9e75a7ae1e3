// SPDX-License-Identifier: Apache-2.0
#include "bench/common/figure.hpp"

#include <gtest/gtest.h>

namespace weir::bench {
namespace {

TEST(Figure, IsTheMedianWithItsSpread) {
  const Figure figure = summarise({5, 1, 3});
  EXPECT_EQ(figure.value, 3);
  EXPECT_EQ(figure.least, 1);
  EXPECT_EQ(figure.greatest, 5);
  EXPECT_EQ(figure.n, 3U);
}

TEST(Figure, OfNothingIsZero) { EXPECT_EQ(summarise({}).n, 0U); }

TEST(Quantile, TakesTheLargerNeighbour) {
  std::vector<double> samples{4, 3, 2, 1};
  EXPECT_EQ(quantile(samples, 0.5), 3);
  EXPECT_EQ(quantile(samples, 0.99), 4);
  EXPECT_EQ(quantile(samples, 0), 1);
}

}  // namespace
}  // namespace weir::bench
