// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace weir::codec {

/// Bytes that n symbols of `bits` (1 to 8) take when packed.
constexpr std::size_t packed_bytes(std::size_t n, int bits) { return (n * static_cast<std::size_t>(bits) + 7) / 8; }

/// Writes the low `bits` (1 to 8) of n symbols one behind the other, first one in the lowest bits; the last byte is
/// filled with zeros. Higher bits of a symbol must be 0. Writes exactly packed_bytes(n, bits).
void pack_bits(const std::uint8_t* symbols, std::size_t n, int bits, std::uint8_t* out);

/// The inverse: n symbols from packed_bytes(n, bits) bytes.
void unpack_bits(const std::uint8_t* packed, std::size_t n, int bits, std::uint8_t* symbols);

/// Bit by bit: the versions that define the results.
void pack_bits_scalar(const std::uint8_t* symbols, std::size_t n, int bits, std::uint8_t* out);
void unpack_bits_scalar(const std::uint8_t* packed, std::size_t n, int bits, std::uint8_t* symbols);

}  // namespace weir::codec
