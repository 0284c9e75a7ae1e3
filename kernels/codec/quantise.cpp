// SPDX-License-Identifier: Apache-2.0
#include "kernels/codec/quantise.hpp"

#include <cmath>

#include "kernels/codec/contexts.hpp"

namespace weir::codec {
namespace {

// The position of a value between symbols, held to [0, top]; NaN compares false and becomes 0.
float position(float value, const Quantiser& q) {
  const float p = (value - q.low) * q.inverse_step;
  const float low = p >= 0 ? p : 0.F;
  const auto top = static_cast<float>(q.top);
  return low <= top ? low : top;
}

}  // namespace

std::uint8_t quantise_one(float value, const Quantiser& q) {
  return static_cast<std::uint8_t>(std::nearbyint(position(value, q)));
}

void quantise_scalar(const float* in, std::size_t n, const Quantiser& q, std::uint8_t* out) {
  for (std::size_t i = 0; i < n; ++i) out[i] = quantise_one(in[i], q);
}

void quantise_held_scalar(const float* in, const std::uint8_t* held, std::size_t n, const Quantiser& q, float reach,
                          std::uint8_t* out) {
  for (std::size_t i = 0; i < n; ++i) {
    const bool near = std::abs(position(in[i], q) - static_cast<float>(held[i])) < reach;
    out[i] = near ? held[i] : quantise_one(in[i], q);
  }
}

std::size_t count_changes_scalar(const std::uint8_t* a, const std::uint8_t* b, std::size_t n) {
  std::size_t changes = 0;
  for (std::size_t i = 0; i < n; ++i) changes += a[i] != b[i] ? 1U : 0U;
  return changes;
}

void look_up_add_scalar(const std::uint8_t* symbols, std::size_t n, std::span<const std::uint8_t, kLookUpTable> table,
                        std::uint8_t* sums) {
  for (std::size_t i = 0; i < n; ++i) sums[i] = static_cast<std::uint8_t>(sums[i] + table[symbols[i]]);
}

void bends_scalar(const std::uint8_t* at, const std::uint8_t* upper, const std::uint8_t* lower, std::size_t n,
                  std::uint8_t* out) {
  for (std::size_t i = 0; i < n; ++i) {
    out[i] = static_cast<std::uint8_t>(kBend * bend_of(at[i], at[i - 1], at[i + 1], upper[i], lower[i]));
  }
}

}  // namespace weir::codec
