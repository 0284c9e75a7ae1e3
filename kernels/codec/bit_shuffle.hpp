// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace weir::codec {

/// Bytes that n symbols take when shuffled: eight planes of bits, each filled up to whole bytes.
constexpr std::size_t shuffled_bytes(std::size_t n) { return 8 * ((n + 7) / 8); }

/// Sorts the bits of n symbols by their weight: first the lowest bit of every symbol, first symbol in the lowest bit of
/// a byte, then the next bit of every symbol, and so on; each plane is filled up with zeros. Symbols that are near each
/// other have equal high bits, so that rows of equal bytes arise, which compressors of the LZ family need (Masui et
/// al., "A compression scheme for radio data in high performance computing", 2015). Writes exactly shuffled_bytes(n).
void bit_shuffle(const std::uint8_t* symbols, std::size_t n, std::uint8_t* out);

/// The inverse: n symbols from shuffled_bytes(n) bytes.
void bit_unshuffle(const std::uint8_t* shuffled, std::size_t n, std::uint8_t* symbols);

/// Bit by bit: the versions that define the results.
void bit_shuffle_scalar(const std::uint8_t* symbols, std::size_t n, std::uint8_t* out);
void bit_unshuffle_scalar(const std::uint8_t* shuffled, std::size_t n, std::uint8_t* symbols);

}  // namespace weir::codec
