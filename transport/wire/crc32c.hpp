// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

namespace weir {

/// CRC-32C (Castagnoli; RFC 3720, appendix B.4) of the bytes; by the processor's own instruction where it has one.
std::uint32_t crc32c(std::span<const std::uint8_t> bytes);

/// The same by table: what crc32c() is tested against, and used where the instruction is missing.
std::uint32_t crc32c_scalar(std::span<const std::uint8_t> bytes);

}  // namespace weir
