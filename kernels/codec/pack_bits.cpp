// SPDX-License-Identifier: Apache-2.0
#include "kernels/codec/pack_bits.hpp"

#include <bit>
#include <cstring>

namespace weir::codec {
namespace {

static_assert(std::endian::native == std::endian::little, "eight symbols are read as one little-endian word");

// Three steps of halving gaps: bytes to pairs, pairs to fours, fours to eight. `Bits` is known at compile time, so
// shifts and masks are constants.
template <int Bits>
constexpr std::uint64_t repeat(std::uint64_t field, int width) {
  std::uint64_t mask = 0;
  for (int at = 0; at < 64; at += width) mask |= field << at;
  return mask;
}

constexpr std::uint64_t low_mask(int bits) { return bits == 64 ? ~0ULL : (1ULL << bits) - 1; }

template <int Bits>
std::uint64_t gather(std::uint64_t x) {
  constexpr std::uint64_t kPair = repeat<Bits>(low_mask(Bits), 16), kFour = repeat<Bits>(low_mask(2 * Bits), 32);
  constexpr std::uint64_t kEight = low_mask(4 * Bits);
  x = (x & kPair) | ((x >> (8 - Bits)) & (kPair << Bits));
  x = (x & kFour) | ((x >> (16 - 2 * Bits)) & (kFour << (2 * Bits)));
  return (x & kEight) | ((x >> (32 - 4 * Bits)) & (kEight << (4 * Bits)));
}

template <int Bits>
std::uint64_t scatter(std::uint64_t x) {
  constexpr std::uint64_t kPair = repeat<Bits>(low_mask(Bits), 16), kFour = repeat<Bits>(low_mask(2 * Bits), 32);
  constexpr std::uint64_t kEight = low_mask(4 * Bits);
  x = (x & kEight) | ((x & (kEight << (4 * Bits))) << (32 - 4 * Bits));
  x = (x & kFour) | ((x & (kFour << (2 * Bits))) << (16 - 2 * Bits));
  return (x & kPair) | ((x & (kPair << Bits)) << (8 - Bits));
}

template <int Bits>
void pack(const std::uint8_t* symbols, std::size_t n, std::uint8_t* out) {
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8, out += Bits) {
    std::uint64_t x;
    std::memcpy(&x, symbols + i, 8);
    x = gather<Bits>(x);
    const bool room = packed_bytes(n - i, Bits) >= 8;  // for a whole word, whose zeros the next one overwrites
    std::memcpy(out, &x, room ? 8 : static_cast<std::size_t>(Bits));
  }
  pack_bits_scalar(symbols + i, n - i, Bits, out);
}

template <int Bits>
void unpack(const std::uint8_t* packed, std::size_t n, std::uint8_t* symbols) {
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8, packed += Bits) {
    std::uint64_t x = 0;
    std::memcpy(&x, packed, static_cast<std::size_t>(Bits));
    x = scatter<Bits>(x);
    std::memcpy(symbols + i, &x, 8);
  }
  unpack_bits_scalar(packed, n - i, Bits, symbols + i);
}

}  // namespace

void pack_bits_scalar(const std::uint8_t* symbols, std::size_t n, int bits, std::uint8_t* out) {
  const std::size_t bytes = packed_bytes(n, bits);
  for (std::size_t i = 0; i < bytes; ++i) out[i] = 0;
  std::size_t at = 0;
  for (std::size_t i = 0; i < n; ++i) {
    for (int b = 0; b < bits; ++b, ++at) {
      const int bit = (symbols[i] >> b) & 1;
      out[at / 8] = static_cast<std::uint8_t>(out[at / 8] | (bit << (at % 8)));
    }
  }
}

void unpack_bits_scalar(const std::uint8_t* packed, std::size_t n, int bits, std::uint8_t* symbols) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < n; ++i) {
    int symbol = 0;
    for (int b = 0; b < bits; ++b, ++at) symbol |= ((packed[at / 8] >> (at % 8)) & 1) << b;
    symbols[i] = static_cast<std::uint8_t>(symbol);
  }
}

void pack_bits(const std::uint8_t* symbols, std::size_t n, int bits, std::uint8_t* out) {
  switch (bits) {
    case 1:
      return pack<1>(symbols, n, out);
    case 2:
      return pack<2>(symbols, n, out);
    case 3:
      return pack<3>(symbols, n, out);
    case 4:
      return pack<4>(symbols, n, out);
    case 5:
      return pack<5>(symbols, n, out);
    case 6:
      return pack<6>(symbols, n, out);
    case 7:
      return pack<7>(symbols, n, out);
    default:
      return pack<8>(symbols, n, out);
  }
}

void unpack_bits(const std::uint8_t* packed, std::size_t n, int bits, std::uint8_t* symbols) {
  switch (bits) {
    case 1:
      return unpack<1>(packed, n, symbols);
    case 2:
      return unpack<2>(packed, n, symbols);
    case 3:
      return unpack<3>(packed, n, symbols);
    case 4:
      return unpack<4>(packed, n, symbols);
    case 5:
      return unpack<5>(packed, n, symbols);
    case 6:
      return unpack<6>(packed, n, symbols);
    case 7:
      return unpack<7>(packed, n, symbols);
    default:
      return unpack<8>(packed, n, symbols);
  }
}

}  // namespace weir::codec
