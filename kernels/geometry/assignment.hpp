// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace weir {

/// Solves the rectangular linear assignment problem: the pairing of rows with columns of least total cost.
///
/// Shortest augmenting paths with potentials (Kuhn 1955; Jonker and Volgenant, Computing 38, 1987), O(n^2 m) for
/// n = min(rows, columns) and m = max(rows, columns). The object is the workspace: it grows to the largest problem seen
/// and allocates nothing after that. Thread-compatible: one object per thread.
class AssignmentSolver {
 public:
  static constexpr int kNone = -1;
  static constexpr double kNoLimit = std::numeric_limits<double>::infinity();

  /// Makes room for problems up to `rows` x `columns`.
  void reserve(std::size_t rows, std::size_t columns);

  /// For each row its column, or kNone; valid until the next call.
  ///
  /// `costs` is row-major and holds rows * columns values (fewer: every row gets kNone), each of magnitude below 1e150.
  /// A cost that is infinite or not a number forbids its pair. Without `limit` as many allowed pairs as possible are
  /// made, and among those pairings the cheapest is returned. With `limit` leaving a pair unmade costs `limit`, so only
  /// pairs that cost less than it are returned (the gate that trackers use).
  std::span<const int> solve(std::span<const double> costs, std::size_t rows, std::size_t columns,
                             double limit = kNoLimit);

 private:
  void load(std::span<const double> costs, std::size_t rows, std::size_t columns, double limit);
  bool claim_cheapest(std::size_t row);
  void augment(std::size_t row);
  std::size_t relax(std::size_t row, std::size_t column);

  std::size_t short_ = 0;                 // rows of the loaded matrix, the shorter side
  std::size_t long_ = 0;                  // its columns
  std::vector<double> cost_;              // short_ x long_
  std::vector<double> row_potential_;     // short_
  std::vector<double> column_potential_;  // long_ + 1; the last is the column that the search starts from
  std::vector<double> reduced_;           // least reduced cost seen for each column
  std::vector<std::size_t> previous_;     // column before each column on the shortest path
  std::vector<std::size_t> owner_;        // row of each column, or short_ when free; long_ + 1 entries
  std::vector<char> visited_;
  std::vector<int> result_;
};

}  // namespace weir
