// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace weir::codec {

/// A symbol is coded as its rank from a predicted one, and a rank as a token: the first eight ranks have one each, then
/// every doubling has one, followed by the rank's lower bits as they are. So any alphabet of up to 256 symbols needs at
/// most kTokens frequencies for each context.
inline constexpr int kTokens = 13;
inline constexpr int kDirectTokens = 8;

/// How far a symbol is from the predicted one when all symbols 0 to levels - 1 are ordered by distance: the predicted
/// one, one more, one less, two more, and so on, then those that are left on the longer side. A bijection to [0,
/// levels).
constexpr int rank_of(int symbol, int predicted, int levels) {
  const int d = symbol - predicted, both = std::min(predicted, levels - 1 - predicted);
  const int distance = d < 0 ? -d : d;
  if (distance > both) return distance + both;
  return d > 0 ? 2 * d - 1 : 2 * distance;
}

/// The inverse of rank_of; `rank` must lie in [0, levels).
constexpr int symbol_of(int rank, int predicted, int levels) {
  const int both = std::min(predicted, levels - 1 - predicted);
  if (rank > 2 * both) return predicted < levels - 1 - predicted ? rank : levels - 1 - rank;
  return rank % 2 == 1 ? predicted + (rank + 1) / 2 : predicted - rank / 2;
}

constexpr int token_of(int rank) {
  return rank < kDirectTokens ? rank : std::bit_width(static_cast<unsigned>(rank)) + kDirectTokens - 4;
}

/// How many of a rank's lower bits follow its token.
constexpr int extra_bits(int token) { return token < kDirectTokens ? 0 : token - kDirectTokens + 3; }

/// The least rank of a token.
constexpr int first_rank(int token) { return token < kDirectTokens ? token : 1 << (token - kDirectTokens + 3); }

/// Tokens that an alphabet of `levels` (1 to 256) can give.
constexpr int token_count(int levels) { return token_of(levels - 1) + 1; }

}  // namespace weir::codec
