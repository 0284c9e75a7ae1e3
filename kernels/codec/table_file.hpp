// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/codec/code_tables.hpp"

namespace weir::codec {

inline constexpr std::uint32_t kTableMagic = 0x54434657;  ///< "WFCT"
inline constexpr std::uint8_t kTableVersion = 1;
inline constexpr std::size_t kMaxChannels = 4096, kMaxRungs = 255, kMaxRungName = 64;

/// The bytes of a table file, described in docs/codec.md.
std::vector<std::uint8_t> encode_tables(const CodeTables::Parts& parts);

/// Reads them back. Code::corrupt when they are not a table file of this version, are cut short or fail their check
/// sum; values are not judged beyond what reading needs.
Result<CodeTables::Parts> parse_tables(std::span<const std::uint8_t> bytes);

}  // namespace weir::codec
