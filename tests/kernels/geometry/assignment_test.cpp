// SPDX-License-Identifier: Apache-2.0
#include "kernels/geometry/assignment.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <vector>

#include "kernels/base/random.hpp"

namespace weir {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// What a pairing costs when leaving one of the min(rows, columns) possible pairs unmade costs `unmade`.
double best_by_trying(const std::vector<double>& costs, std::size_t rows, std::size_t columns, double unmade,
                      std::size_t row, std::vector<bool>& used, std::size_t made) {
  if (row == rows) return unmade * static_cast<double>(std::min(rows, columns) - made);
  double best = best_by_trying(costs, rows, columns, unmade, row + 1, used, made);
  for (std::size_t c = 0; c < columns; ++c) {
    if (used[c] || !std::isfinite(costs[row * columns + c])) continue;
    used[c] = true;
    const double rest = best_by_trying(costs, rows, columns, unmade, row + 1, used, made + 1);
    best = std::min(best, costs[row * columns + c] + rest);
    used[c] = false;
  }
  return best;
}

double cost_of(const std::vector<double>& costs, std::size_t rows, std::size_t columns, double unmade,
               std::span<const int> pairs) {
  double total = 0;
  std::size_t made = 0;
  std::set<int> taken;
  for (std::size_t r = 0; r < rows; ++r) {
    if (pairs[r] == AssignmentSolver::kNone) continue;
    EXPECT_TRUE(taken.insert(pairs[r]).second) << "column " << pairs[r] << " was given twice";
    total += costs[r * columns + static_cast<std::size_t>(pairs[r])];
    ++made;
  }
  return total + unmade * static_cast<double>(std::min(rows, columns) - made);
}

std::vector<double> random_costs(Random& random, std::size_t count, double forbidden_share) {
  std::vector<double> costs(count);
  for (double& cost : costs) {
    const bool coarse = random.below(2) == 0;  // whole numbers make ties
    cost = coarse ? static_cast<double>(random.below(5)) - 2.0 : random.uniform(-10.0, 10.0);
    if (random.uniform() < forbidden_share) cost = kInfinity;
  }
  return costs;
}

TEST(Assignment, EqualsExhaustiveSearchOnRandomMatrices) {
  Random random(7);
  AssignmentSolver solver;
  for (int trial = 0; trial < 2000; ++trial) {
    const std::size_t rows = 1 + random.below(6);
    const std::size_t columns = 1 + random.below(6);
    const std::vector<double> costs = random_costs(random, rows * columns, trial % 2 == 0 ? 0.0 : 0.3);
    const double unmade = 1e4;  // makes every extra pair worth it
    std::vector<bool> used(columns, false);
    const double expected = best_by_trying(costs, rows, columns, unmade, 0, used, 0);
    EXPECT_NEAR(cost_of(costs, rows, columns, unmade, solver.solve(costs, rows, columns)), expected, 1e-9)
        << rows << " x " << columns << ", trial " << trial;
  }
}

TEST(Assignment, LimitIsThePriceOfAnUnmadePair) {
  Random random(8);
  AssignmentSolver solver;
  for (int trial = 0; trial < 1000; ++trial) {
    const std::size_t rows = 1 + random.below(5);
    const std::size_t columns = 1 + random.below(5);
    const std::vector<double> costs = random_costs(random, rows * columns, 0.1);
    const double limit = random.uniform(-5.0, 8.0);
    std::vector<bool> used(columns, false);
    const double expected = best_by_trying(costs, rows, columns, limit, 0, used, 0);
    const std::span<const int> pairs = solver.solve(costs, rows, columns, limit);
    EXPECT_NEAR(cost_of(costs, rows, columns, limit, pairs), expected, 1e-9) << "trial " << trial;
    for (std::size_t r = 0; r < rows; ++r) {
      if (pairs[r] != AssignmentSolver::kNone) {
        EXPECT_LT(costs[r * columns + static_cast<std::size_t>(pairs[r])], limit);
      }
    }
  }
}

TEST(Assignment, KnownSquare) {
  AssignmentSolver solver;
  const std::vector<double> costs{4, 1, 3, 2, 0, 5, 3, 2, 2};
  const std::span<const int> pairs = solver.solve(costs, 3, 3);
  EXPECT_EQ(std::vector<int>(pairs.begin(), pairs.end()), (std::vector<int>{1, 0, 2}));
}

TEST(Assignment, EmptyAndShortInputsGiveNoPair) {
  AssignmentSolver solver;
  EXPECT_TRUE(solver.solve({}, 0, 4).empty());
  const std::span<const int> no_columns = solver.solve({}, 2, 0);
  EXPECT_EQ(std::vector<int>(no_columns.begin(), no_columns.end()), (std::vector<int>{-1, -1}));
  const std::vector<double> too_few{1, 2, 3};
  const std::span<const int> pairs = solver.solve(too_few, 2, 2);
  EXPECT_EQ(std::vector<int>(pairs.begin(), pairs.end()), (std::vector<int>{-1, -1}));
}

TEST(Assignment, ForbiddenPairsAreNeverReturned) {
  AssignmentSolver solver;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> costs{kInfinity, nan, -kInfinity, 1.0};
  const std::span<const int> pairs = solver.solve(costs, 2, 2);
  EXPECT_EQ(std::vector<int>(pairs.begin(), pairs.end()), (std::vector<int>{-1, 1}));
}

TEST(Assignment, HugeCostsEnd) {
  AssignmentSolver solver;
  const std::vector<double> costs(16, std::numeric_limits<double>::max());
  EXPECT_EQ(solver.solve(costs, 4, 4).size(), 4U);
}

TEST(Assignment, WorkspaceIsReusedInPlace) {
  AssignmentSolver solver;
  solver.reserve(40, 60);
  Random random(9);
  const std::vector<double> large = random_costs(random, 60 * 40, 0.1);
  const int* const first = solver.solve(large, 60, 40).data();
  const std::vector<double> small = random_costs(random, 6, 0.0);
  EXPECT_EQ(solver.solve(small, 2, 3).data(), first);
  EXPECT_EQ(solver.solve(large, 40, 60).data(), first);
}

}  // namespace
}  // namespace weir
