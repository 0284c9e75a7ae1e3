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

/// How far a symbol is from the predicted one when all symbols 0 to `top` are ordered by distance: the predicted one,
/// one more, one less, two more, and so on, then those that are left on the longer side. A bijection to [0, top]. In 8
/// bits, so that compilers make whole vectors of it.
constexpr std::uint8_t rank_of(std::uint8_t symbol, std::uint8_t predicted, std::uint8_t top) {
  const std::uint8_t high = symbol > predicted ? symbol : predicted, low = symbol > predicted ? predicted : symbol;
  const auto distance = static_cast<std::uint8_t>(high - low), rest = static_cast<std::uint8_t>(top - predicted);
  const std::uint8_t both = predicted < rest ? predicted : rest;
  const auto up = static_cast<std::uint8_t>(symbol > predicted ? 1 : 0);
  const auto near = static_cast<std::uint8_t>(distance + distance - up),
             far = static_cast<std::uint8_t>(distance + both);
  return distance > both ? far : near;
}

/// The inverse of rank_of; `rank` must lie in [0, top].
constexpr int symbol_of(int rank, int predicted, int top) {
  const int rest = top - predicted, both = std::min(predicted, rest);
  const int step = (rank + 1) / 2;
  const int near = (rank & 1) != 0 ? predicted + step : predicted - step;
  const int far = predicted < rest ? rank : top - rank;
  return rank > 2 * both ? far : near;
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
