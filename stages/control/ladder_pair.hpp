// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cstdint>
#include <string_view>

namespace weir {

/// The network and tables that a ladder was measured with: its fingerprint begins with pair_hash() in 16 hexadecimal
/// digits. 0 for any other fingerprint, which fits all networks.
inline std::uint64_t ladder_pair(std::string_view fingerprint) {
  std::uint64_t pair = 0;
  const char* begin = fingerprint.data();
  const auto read = std::from_chars(begin, begin + fingerprint.size(), pair, 16);
  return read.ec == std::errc() && read.ptr == begin + 16 ? pair : 0;
}

}  // namespace weir
