// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace weir::codec {

/// A context is the predicted symbol's bin and one of kContexts neighbourhoods.
inline constexpr int kContexts = 27;
inline constexpr int kMaxBins = 8;

constexpr int sign_of(int v) { return v > 0 ? 1 : v < 0 ? -1 : 0; }

/// Which side of a symbol the reference's four neighbours lie on, together: 0 below, 1 about equal, 2 above.
constexpr int bend_of(int centre, int left, int right, int upper, int lower) {
  const int pull = left + right + upper + lower - 4 * centre;
  return pull > 1 ? 2 : pull < -1 ? 0 : 1;
}

/// Against a reference, the predicted symbol is the reference's; the neighbourhood is whether the symbols on the left
/// and above rose or fell against it, and the reference's own bend.
constexpr int inter_context(int left_change, int upper_change, int bend) {
  return (bend * 3 + sign_of(upper_change) + 1) * 3 + sign_of(left_change) + 1;
}

/// Without one it is the mean of left and upper; the neighbourhood is how these differ, and where the upper right goes.
constexpr int intra_prediction(int left, int upper) { return (left + upper + 1) / 2; }
constexpr int intra_context(int left, int upper, int upper_right) {
  return (std::clamp(left - upper, -4, 4) + 4) * 3 + sign_of(upper_right - upper) + 1;
}

}  // namespace weir::codec
