// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace weir::rows {

/// One tensor row as three channel pointers.
using Planes = std::array<float*, 3>;
using ConstPlanes = std::array<const float*, 3>;
using Channels = std::array<float, 3>;

/// A blended row holds grey levels as 16-bit fixed point with this many fraction bits.
inline constexpr int kValueBits = 7;
/// The two weights of a sample sum to 1 << kWeightBits; a sampled value is value * 2^-(kValueBits + kWeightBits).
inline constexpr int kWeightBits = 14;
inline constexpr float kUnit = 1.F / static_cast<float>(1 << (kValueBits + kWeightBits));

/// Values that a blended row must have room for behind its last pixel, because whole vectors are loaded from it.
inline constexpr std::size_t kSlack = 8;

/// out[i] = upper[i] + (lower[i] - upper[i]) * weight / 32768 for n values; reads exactly n bytes of each row.
void blend(const std::uint8_t* upper, const std::uint8_t* lower, std::int16_t weight, std::size_t n, std::int16_t* out);

/// out[3i], out[3i + 1], out[3i + 2] = gray[i].
void triple(const std::int16_t* gray, std::size_t n, std::int16_t* out);

/// The weights of the left and the right neighbour for a fraction in [0, 1), packed for sample().
constexpr std::int32_t pack_weights(float fraction) {
  const auto right = static_cast<std::int32_t>(fraction * (1 << kWeightBits) + 0.5F);
  return (right << 16) | ((1 << kWeightBits) - right);
}

/// For n pixels: row[column[i] + c] and row[column[i] + 3 + c] weighted and summed, times scale, plus bias, into plane
/// c. `row` has kSlack readable values behind its last pixel.
void sample(const std::int16_t* row, const std::int32_t* column, const std::int32_t* weights, std::size_t n,
            const Channels& scale, const Channels& bias, const Planes& out);

/// out[i] = in[i] rounded to the nearest byte, in [0, 255].
void to_bytes(const float* in, std::size_t n, std::uint8_t* out);

/// The three planes as bytes, interleaved.
void to_interleaved_bytes(const ConstPlanes& in, std::size_t n, std::uint8_t* out);

/// All of the above for one instruction set.
struct Operations {
  decltype(&rows::blend) blend;
  decltype(&rows::triple) triple;
  decltype(&rows::sample) sample;
  decltype(&rows::to_bytes) to_bytes;
  decltype(&rows::to_interleaved_bytes) to_interleaved_bytes;
};

/// One per instruction set that is compiled in and that this processor has; the functions above use the first.
std::span<const Operations* const> supported_operations();

/// For tests: the functions above use these from now on. Not thread-safe.
void use_operations(const Operations& operations);

}  // namespace weir::rows
