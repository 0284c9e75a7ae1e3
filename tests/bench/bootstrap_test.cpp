// SPDX-License-Identifier: Apache-2.0
#include "bench/control/bootstrap.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "kernels/base/random.hpp"

namespace weir::bench {
namespace {

TEST(Bootstrap, IntervalsOfNormalValuesAreTheTextbookOnes) {
  Random random(7);
  std::vector<double> values(400);
  for (double& value : values) value = 3 + 2 * random.normal();
  const Figure figure = mean_over_traces(values);
  const double half = 1.96 * 2 / std::sqrt(400.0);
  EXPECT_EQ(figure.n, 400U);
  EXPECT_NEAR(figure.value - figure.least, half, 0.15 * half);
  EXPECT_NEAR(figure.greatest - figure.value, half, 0.15 * half);
  EXPECT_EQ(mean_over_traces(values).least, figure.least);  // the same each time
}

TEST(Bootstrap, FewValuesAreNoTrouble) {
  EXPECT_EQ(mean_over_traces({}).n, 0U);
  const std::vector<double> one{2.5};
  EXPECT_EQ(mean_over_traces(one).least, 2.5);
  EXPECT_EQ(mean_over_traces(one).greatest, 2.5);
}

}  // namespace
}  // namespace weir::bench
