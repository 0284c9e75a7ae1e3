// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace weir::codec {

/// A context is the predicted symbol's bin and one of kContexts neighbourhoods.
inline constexpr int kContexts = 27;
inline constexpr int kMaxBins = 8;
/// What a context is more for a higher bend.
inline constexpr int kBend = 9;

constexpr int sign_of(int v) { return v > 0 ? 1 : v < 0 ? -1 : 0; }

/// Which side of a symbol the reference's four neighbours lie on, together: 0 below, 1 about equal, 2 above.
constexpr std::uint8_t bend_of(std::uint8_t centre, std::uint8_t left, std::uint8_t right, std::uint8_t upper,
                               std::uint8_t lower) {
  const auto around = static_cast<std::uint16_t>(left + right + upper + lower);
  const auto here = static_cast<std::uint16_t>(4 * centre);
  const auto above = static_cast<std::uint16_t>(around > static_cast<std::uint16_t>(here + 1) ? 1 : 0);
  const auto below = static_cast<std::uint16_t>(static_cast<std::uint16_t>(around + 1) < here ? 1 : 0);
  return static_cast<std::uint8_t>(1 + above - below);
}

/// Against a reference, the predicted symbol is the reference's. The neighbourhood is kBend times its bend plus whether
/// the symbols on the left and above fell, stayed or rose against it.
constexpr int change_context(int left_change, int upper_change) {
  return (sign_of(upper_change) + 1) * 3 + sign_of(left_change) + 1;
}

/// Without one it is the mean of left and upper; the neighbourhood is how these differ, and where the upper right goes.
constexpr int intra_prediction(int left, int upper) { return (left + upper + 1) / 2; }
constexpr int intra_context(int left, int upper, int upper_right) {
  return (std::clamp(left - upper, -4, 4) + 4) * 3 + sign_of(upper_right - upper) + 1;
}

}  // namespace weir::codec
