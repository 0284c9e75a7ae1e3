// SPDX-License-Identifier: Apache-2.0
#include "kernels/codec/bit_shuffle.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace weir::codec {
namespace {

static_assert(std::endian::native == std::endian::little, "eight symbols are read as one little-endian word");

/// Transposes a matrix of 8 x 8 bits, a row a byte: bit c of byte r becomes bit r of byte c. Its own inverse (Warren,
/// Hacker's Delight, section 7-3).
constexpr std::uint64_t transpose(std::uint64_t x) {
  std::uint64_t t = (x ^ (x >> 7)) & 0x00AA00AA00AA00AAULL;
  x ^= t ^ (t << 7);
  t = (x ^ (x >> 14)) & 0x0000CCCC0000CCCCULL;
  x ^= t ^ (t << 14);
  t = (x ^ (x >> 28)) & 0x00000000F0F0F0F0ULL;
  return x ^ t ^ (t << 28);
}

}  // namespace

void bit_shuffle_scalar(const std::uint8_t* symbols, std::size_t n, std::uint8_t* out) {
  const std::size_t plane = shuffled_bytes(n) / 8;
  std::fill_n(out, 8 * plane, std::uint8_t{0});
  for (std::size_t bit = 0; bit < 8; ++bit) {
    for (std::size_t i = 0; i < n; ++i) {
      out[bit * plane + i / 8] |= static_cast<std::uint8_t>(((symbols[i] >> bit) & 1) << (i % 8));
    }
  }
}

void bit_unshuffle_scalar(const std::uint8_t* shuffled, std::size_t n, std::uint8_t* symbols) {
  const std::size_t plane = shuffled_bytes(n) / 8;
  std::fill_n(symbols, n, std::uint8_t{0});
  for (std::size_t bit = 0; bit < 8; ++bit) {
    for (std::size_t i = 0; i < n; ++i) {
      symbols[i] |= static_cast<std::uint8_t>(((shuffled[bit * plane + i / 8] >> (i % 8)) & 1) << bit);
    }
  }
}

void bit_shuffle(const std::uint8_t* symbols, std::size_t n, std::uint8_t* out) {
  const std::size_t plane = shuffled_bytes(n) / 8;
  for (std::size_t i = 0; i < plane; ++i) {
    std::uint64_t x = 0;
    std::memcpy(&x, symbols + 8 * i, std::min<std::size_t>(8, n - 8 * i));
    x = transpose(x);
    for (std::size_t bit = 0; bit < 8; ++bit) out[bit * plane + i] = static_cast<std::uint8_t>(x >> (8 * bit));
  }
}

void bit_unshuffle(const std::uint8_t* shuffled, std::size_t n, std::uint8_t* symbols) {
  const std::size_t plane = shuffled_bytes(n) / 8;
  for (std::size_t i = 0; i < plane; ++i) {
    std::uint64_t x = 0;
    for (std::size_t bit = 0; bit < 8; ++bit) x |= std::uint64_t{shuffled[bit * plane + i]} << (8 * bit);
    x = transpose(x);
    std::memcpy(symbols + 8 * i, &x, std::min<std::size_t>(8, n - 8 * i));
  }
}

}  // namespace weir::codec
