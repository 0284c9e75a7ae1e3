// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace weir::codec {

/// A uniform quantiser with static range: symbol = round((value - low) * inverse_step), held to [0, top].
struct Quantiser {
  float low = 0;
  float inverse_step = 1;  ///< positive
  std::uint8_t top = 0;    ///< the highest symbol
};

/// The symbol of one value, halves to the even one, NaN to 0. Every fast form gives exactly this, on every machine: the
/// arithmetic is single precision without fused operations.
std::uint8_t quantise_one(float value, const Quantiser& q);

/// out[i] = quantise_one(in[i]) for n values.
void quantise(const float* in, std::size_t n, const Quantiser& q, std::uint8_t* out);

/// As quantise(), but a value nearer than `reach` steps (0.5 or more) to the symbol in `held` keeps that symbol:
/// hysteresis against the flicker of values that lie between two symbols.
void quantise_held(const float* in, const std::uint8_t* held, std::size_t n, const Quantiser& q, float reach,
                   std::uint8_t* out);

/// How many of n symbols differ.
std::size_t count_changes(const std::uint8_t* a, const std::uint8_t* b, std::size_t n);

/// How many entries of a table look_up_add() takes at once.
inline constexpr std::size_t kLookUpTable = 16;

/// sums[i] += table[symbols[i]], modulo 256, for n symbols below kLookUpTable.
void look_up_add(const std::uint8_t* symbols, std::size_t n, std::span<const std::uint8_t, kLookUpTable> table,
                 std::uint8_t* sums);

/// out[i] = kBend * bend_of() the place at[i], for n places that have neighbours on both sides; `upper` and `lower`
/// begin above and below the first.
void bends(const std::uint8_t* at, const std::uint8_t* upper, const std::uint8_t* lower, std::size_t n,
           std::uint8_t* out);

/// The scalar versions that define the results.
void quantise_scalar(const float* in, std::size_t n, const Quantiser& q, std::uint8_t* out);
void quantise_held_scalar(const float* in, const std::uint8_t* held, std::size_t n, const Quantiser& q, float reach,
                          std::uint8_t* out);
std::size_t count_changes_scalar(const std::uint8_t* a, const std::uint8_t* b, std::size_t n);
void look_up_add_scalar(const std::uint8_t* symbols, std::size_t n, std::span<const std::uint8_t, kLookUpTable> table,
                        std::uint8_t* sums);
void bends_scalar(const std::uint8_t* at, const std::uint8_t* upper, const std::uint8_t* lower, std::size_t n,
                  std::uint8_t* out);

/// All of the above for one instruction set.
struct QuantiseOperations {
  decltype(&codec::quantise) quantise;
  decltype(&codec::quantise_held) quantise_held;
  decltype(&codec::count_changes) count_changes;
  decltype(&codec::look_up_add) look_up_add;
  decltype(&codec::bends) bends;
};

/// One per instruction set that is compiled in and that this processor has; the functions above use the first.
std::span<const QuantiseOperations* const> supported_quantise_operations();

/// For tests: the functions above use these from now on. Not thread-safe.
void use_quantise_operations(const QuantiseOperations& operations);

}  // namespace weir::codec
