// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>

#include "kernels/detect/detection.hpp"

namespace weir {

/// Cells of one stride's grid over an input; a remainder counts as a cell.
constexpr std::int64_t grid_extent(std::int64_t input, std::int64_t stride) { return (input + stride - 1) / stride; }

/// The largest of `values` (at least one); a value that is not a number never wins over a number.
inline float max_value(std::span<const float> values) {
  constexpr std::size_t kLanes = 8;  // independent maxima, so that the compiler can use vectors
  std::array<float, kLanes> best;
  best.fill(-INFINITY);
  std::size_t i = 0;
  for (; i + kLanes <= values.size(); i += kLanes) {
    for (std::size_t k = 0; k < kLanes; ++k) best[k] = values[i + k] > best[k] ? values[i + k] : best[k];
  }
  for (; i < values.size(); ++i) best[0] = values[i] > best[0] ? values[i] : best[0];
  return *std::max_element(best.begin(), best.end());
}

/// Where `value` stands first in `values`.
inline std::int32_t index_of(std::span<const float> values, float value) {
  return static_cast<std::int32_t>(std::find(values.begin(), values.end(), value) - values.begin());
}

inline bool finite(const Box& b) {
  return std::isfinite(b.left) && std::isfinite(b.top) && std::isfinite(b.right) && std::isfinite(b.bottom);
}

}  // namespace weir
