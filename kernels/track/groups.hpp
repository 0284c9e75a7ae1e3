// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace weir {

/// Disjoint sets of the numbers 0 ... n-1 (Tarjan 1975, path halving). Keeps its memory. Thread-compatible.
class Groups {
 public:
  /// Every number alone.
  void start(std::size_t n) {
    parent_.resize(n);
    std::iota(parent_.begin(), parent_.end(), std::uint32_t{0});
  }

  void unite(std::size_t a, std::size_t b) {
    const std::size_t x = first(a), y = first(b);
    parent_[std::max(x, y)] = static_cast<std::uint32_t>(std::min(x, y));
  }

  /// The smallest member of the group that `i` is in.
  std::size_t first(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }

 private:
  std::vector<std::uint32_t> parent_;
};

}  // namespace weir
