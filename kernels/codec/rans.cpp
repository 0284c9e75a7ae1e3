// SPDX-License-Identifier: Apache-2.0
#include "kernels/codec/rans.hpp"

#include <algorithm>

namespace weir::codec {
namespace {

// A state that a token of frequency f is put into lies below f * 2^20. So floor(x / f) = x * ceil(2^44 / f) / 2^44: the
// product fits 64 bits, and the error stays below 1 / f.
constexpr int kReciprocalBits = 44;

constexpr std::array<std::uint64_t, kFrequencySum + 1> make_reciprocals() {
  std::array<std::uint64_t, kFrequencySum + 1> table{};
  for (std::uint64_t f = 1; f <= kFrequencySum; ++f) table[f] = ((1ULL << kReciprocalBits) + f - 1) / f;
  return table;
}

constexpr auto kReciprocals = make_reciprocals();

constexpr std::uint32_t divide(std::uint32_t x, std::uint32_t f) {
  return static_cast<std::uint32_t>((x * kReciprocals[f]) >> kReciprocalBits);
}

}  // namespace

Frequencies frequencies_of(std::span<const double> counts, int tokens) {
  const auto n = static_cast<std::size_t>(tokens);
  double sum = 0;
  for (std::size_t t = 0; t < n; ++t) sum += counts[t];
  std::array<std::uint32_t, kTokens> f{};
  std::uint32_t given = 0;
  for (std::size_t t = 0; t < n; ++t) {
    const double share = sum > 0 ? counts[t] / sum : 1.0 / tokens;
    f[t] = 1 + static_cast<std::uint32_t>(share * (kFrequencySum - static_cast<std::uint32_t>(tokens)));
    given += f[t];
  }
  *std::max_element(f.begin(), f.begin() + tokens) += kFrequencySum - given;  // what rounding down left over
  Frequencies out;
  std::uint32_t at = 0;
  for (std::size_t t = 0; t < out.cumulative.size(); ++t) {
    out.cumulative[t] = static_cast<std::uint16_t>(at);
    if (t < n) at += f[t];
  }
  return out;
}

std::span<const std::uint16_t> rans_encode(std::uint32_t& state_before, std::span<const Frequencies> rows,
                                           std::span<const std::uint8_t> contexts, std::span<const std::uint8_t> tokens,
                                           std::span<std::uint16_t> words) {
  std::size_t at = words.size();
  std::uint32_t state = state_before;
  for (std::size_t i = tokens.size(); i-- > 0;) {
    const Frequencies& row = rows[contexts[i]];
    const std::uint32_t start = row.start(tokens[i]), f = row.frequency(tokens[i]);
    if ((state >> (32 - kFrequencyBits)) >= f) {
      words[--at] = static_cast<std::uint16_t>(state & 0xFFFF);
      state >>= 16;
    }
    state += start + divide(state, f) * (kFrequencySum - f);  // (quotient << bits) + remainder + start
  }
  state_before = state;
  return words.subspan(at);
}

}  // namespace weir::codec
