// SPDX-License-Identifier: Apache-2.0
#include "train/slimmable/natural_groups.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <numeric>

namespace weir::train {
namespace {

/// Squared distances of sorted values [first, last) to their mean.
double spread(const std::vector<double>& values, std::size_t first, std::size_t last) {
  double sum = 0, square = 0;
  for (std::size_t i = first; i < last; ++i) {
    sum += values[i];
    square += values[i] * values[i];
  }
  return square - sum * sum / static_cast<double>(last - first);
}

}  // namespace

std::vector<int> natural_groups(const std::vector<double>& values, int groups) {
  const std::size_t count = values.size();
  const std::size_t most = std::min(count, static_cast<std::size_t>(std::max(groups, 1)));
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return values[i]; });
  std::vector<double> sorted;
  for (const std::size_t i : order) sorted.push_back(values[i]);
  // best[g][n]: the least sum for the first n values in g + 1 runs; from[g][n]: where the last of them begins.
  std::vector<std::vector<double>> best(most, std::vector<double>(count + 1, std::numeric_limits<double>::max()));
  std::vector<std::vector<std::size_t>> from(most, std::vector<std::size_t>(count + 1, 0));
  for (std::size_t n = 1; n <= count; ++n) best[0][n] = spread(sorted, 0, n);
  for (std::size_t g = 1; g < most; ++g) {
    for (std::size_t n = g + 1; n <= count; ++n) {
      for (std::size_t begin = g; begin < n; ++begin) {
        const double sum = best[g - 1][begin] + spread(sorted, begin, n);
        if (sum >= best[g][n]) continue;
        best[g][n] = sum;
        from[g][n] = begin;
      }
    }
  }
  std::vector<int> group(count, 0);
  std::size_t end = count;
  for (std::size_t g = most; g-- > 0 && end > 0;) {
    for (std::size_t i = from[g][end]; i < end; ++i) group[order[i]] = static_cast<int>(g);
    end = from[g][end];
  }
  return group;
}

}  // namespace weir::train
