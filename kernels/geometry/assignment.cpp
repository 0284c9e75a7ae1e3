// SPDX-License-Identifier: Apache-2.0
#include "kernels/geometry/assignment.hpp"

#include <algorithm>
#include <cmath>

namespace weir {
namespace {

// The cost that stands in for a forbidden pair: above any sum of allowed costs, so that one is used only when it must.
double forbidden_cost(std::span<const double> costs, std::size_t pairs) {
  double largest = 0;
  for (const double cost : costs) {
    if (std::isfinite(cost)) largest = std::max(largest, std::abs(cost));
  }
  return (2.0 * largest + 1.0) * (static_cast<double>(pairs) + 1.0);
}

bool allowed(double cost, double limit) { return std::isfinite(cost) && cost < limit; }

}  // namespace

void AssignmentSolver::reserve(std::size_t rows, std::size_t columns) {
  const std::size_t shorter = std::min(rows, columns);
  const std::size_t longer = std::max(rows, columns);
  cost_.reserve(rows * columns);
  row_potential_.reserve(shorter);
  column_potential_.reserve(longer + 1);
  reduced_.reserve(longer);
  previous_.reserve(longer);
  owner_.reserve(longer + 1);
  visited_.reserve(longer + 1);
  result_.reserve(longer);
}

std::span<const int> AssignmentSolver::solve(std::span<const double> costs, std::size_t rows, std::size_t columns,
                                             double limit) {
  result_.assign(rows, kNone);
  if (rows == 0 || columns == 0 || costs.size() / columns < rows) return result_;
  load(costs.first(rows * columns), rows, columns, limit);
  for (std::size_t row = 0; row < short_; ++row) {
    if (!claim_cheapest(row)) augment(row);
  }
  for (std::size_t column = 0; column < long_; ++column) {
    if (owner_[column] == short_) continue;
    const std::size_t r = rows <= columns ? owner_[column] : column;
    const std::size_t c = rows <= columns ? column : owner_[column];
    if (allowed(costs[r * columns + c], limit)) result_[r] = static_cast<int>(c);
  }
  return result_;
}

void AssignmentSolver::load(std::span<const double> costs, std::size_t rows, std::size_t columns, double limit) {
  short_ = std::min(rows, columns);
  long_ = std::max(rows, columns);
  const double barred = std::isfinite(limit) ? limit : forbidden_cost(costs, short_);
  cost_.resize(rows * columns);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) {
      const double cost = costs[r * columns + c];
      cost_[rows <= columns ? r * columns + c : c * rows + r] = allowed(cost, limit) ? cost : barred;
    }
  }
  row_potential_.assign(short_, 0.0);
  column_potential_.assign(long_ + 1, 0.0);
  owner_.assign(long_ + 1, short_);
  reduced_.resize(long_);
  previous_.resize(long_);
}

// Gives `row` its cheapest column where that is free: the shortest path is this one step then.
bool AssignmentSolver::claim_cheapest(std::size_t row) {
  const double* costs = &cost_[row * long_];
  std::size_t cheapest = 0;
  double least = costs[0] - column_potential_[0];
  for (std::size_t j = 1; j < long_; ++j) {
    const double reduced = costs[j] - column_potential_[j];
    if (reduced >= least) continue;
    least = reduced;
    cheapest = j;
  }
  if (owner_[cheapest] != short_) return false;
  row_potential_[row] = least;
  owner_[cheapest] = row;
  return true;
}

// Extends the matching by `row` along the shortest path from it to a free column.
void AssignmentSolver::augment(std::size_t row) {
  std::fill(reduced_.begin(), reduced_.end(), std::numeric_limits<double>::infinity());
  visited_.assign(long_ + 1, 0);
  std::size_t column = long_;
  owner_[column] = row;
  while (owner_[column] != short_) {
    visited_[column] = 1;
    column = relax(owner_[column], column);
  }
  while (column != long_) {
    const std::size_t before = previous_[column];
    owner_[column] = owner_[before];
    column = before;
  }
}

// Updates the least reduced costs through `row`, shifts the potentials by the smallest and returns its column.
std::size_t AssignmentSolver::relax(std::size_t row, std::size_t column) {
  const double* costs = &cost_[row * long_];
  std::size_t nearest = long_;
  for (std::size_t j = 0; j < long_; ++j) {
    if (visited_[j]) continue;
    const double reduced = costs[j] - row_potential_[row] - column_potential_[j];
    if (reduced < reduced_[j]) {
      reduced_[j] = reduced;
      previous_[j] = column;
    }
    if (nearest == long_ || reduced_[j] < reduced_[nearest]) nearest = j;
  }
  const double shift = reduced_[nearest];
  for (std::size_t j = 0; j <= long_; ++j) {
    if (visited_[j]) {
      row_potential_[owner_[j]] += shift;
      column_potential_[j] -= shift;
    } else if (j < long_) {
      reduced_[j] -= shift;
    }
  }
  return nearest;
}

}  // namespace weir
