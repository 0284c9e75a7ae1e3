// SPDX-License-Identifier: Apache-2.0
#include "transport/wire/utf8.hpp"

#include <cstddef>
#include <cstdint>

namespace weir {
namespace {

/// Bytes of the character that begins with `first`, and the range that its second byte must lie in; 0 bytes: none does.
struct Lead {
  std::size_t bytes;
  std::uint8_t low, high;
};

constexpr Lead lead_of(std::uint8_t first) {
  if (first < 0x80) return {1, 0, 0};
  if (first < 0xC2) return {0, 0, 0};
  if (first < 0xE0) return {2, 0x80, 0xBF};
  if (first == 0xE0) return {3, 0xA0, 0xBF};
  if (first == 0xED) return {3, 0x80, 0x9F};
  if (first < 0xF0) return {3, 0x80, 0xBF};
  if (first == 0xF0) return {4, 0x90, 0xBF};
  if (first < 0xF4) return {4, 0x80, 0xBF};
  if (first == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

}  // namespace

bool is_utf8(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  for (std::size_t i = 0; i < text.size();) {
    const Lead lead = lead_of(byte(i));
    if (lead.bytes == 0 || lead.bytes > text.size() - i) return false;
    if (lead.bytes > 1 && (byte(i + 1) < lead.low || byte(i + 1) > lead.high)) return false;
    for (std::size_t k = 2; k < lead.bytes; ++k) {
      if ((byte(i + k) & 0xC0) != 0x80) return false;
    }
    i += lead.bytes;
  }
  return true;
}

}  // namespace weir
