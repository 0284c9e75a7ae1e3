// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "kernels/codec/rans.hpp"
#include "kernels/codec/tokens.hpp"

namespace weir::codec {

/// A step from the predicted symbol to the symbol: the difference modulo 256 in the low kStepBits, above them the
/// number of bytes by which it moves the next place's frequencies: those of 0 (fell), 1 (stayed) or 2 (rose) rows.
inline constexpr unsigned kStepBits = 8;
constexpr std::size_t make_step(int difference) {
  const std::size_t rows = difference > 0 ? 2 : difference < 0 ? 0 : 1;
  return (static_cast<std::size_t>(difference) & 0xFF) | (rows * sizeof(Frequencies)) << kStepBits;
}

/// What a direct token's step depends on beyond the token: how many symbols the shorter side of the predicted one has,
/// 4 or more being as good as 4, and whether the longer side is above. As the offset in bytes into kSteps.
constexpr std::uint8_t kind_of(std::uint8_t predicted, std::uint8_t top) {
  const auto above = static_cast<std::uint8_t>(top - predicted);
  const std::uint8_t both = predicted < above ? predicted : above, counted = both < 4 ? both : 4;
  const std::uint8_t side = predicted < above ? 16 : 0;
  return static_cast<std::uint8_t>(32 * counted + side);
}

/// The steps of the direct tokens for each kind.
constexpr auto make_steps() {
  constexpr int kKinds = 10, kFar = 100;
  std::array<std::uint16_t, static_cast<std::size_t>(kKinds * kDirectTokens)> steps{};
  for (int kind = 0; kind < kKinds; ++kind) {
    const int both = kind / 2, top = 2 * both + kFar, predicted = kind % 2 != 0 ? both : top - both;
    for (int token = 0; token < kDirectTokens; ++token) {
      steps[static_cast<std::size_t>(kind * kDirectTokens + token)] =
          static_cast<std::uint16_t>(make_step(symbol_of(token, predicted, top) - predicted));
    }
  }
  return steps;
}
inline constexpr auto kSteps = make_steps();

}  // namespace weir::codec
