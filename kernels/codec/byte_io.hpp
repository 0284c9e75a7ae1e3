// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::codec {

/// FNV-1a over bytes (Fowler, Noll, Vo; 64 bit): the same on every machine. Tells versions apart, not attackers.
constexpr std::uint64_t content_hash(std::span<const std::uint8_t> bytes) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const std::uint8_t b : bytes) hash = (hash ^ b) * 0x100000001B3ULL;
  return hash;
}

/// Appends little-endian integers to a buffer that keeps its memory. Thread-compatible.
class ByteWriter {
 public:
  explicit ByteWriter(std::vector<std::uint8_t>& out) : out_(out) {}

  void u8(std::uint8_t v) { out_.push_back(v); }
  void u16(std::uint16_t v) { fixed(v, 2); }
  void u32(std::uint32_t v) { fixed(v, 4); }
  void u64(std::uint64_t v) { fixed(v, 8); }
  void f32(float v) { u32(std::bit_cast<std::uint32_t>(v)); }

  /// Seven bits a byte, low ones first; the top bit says that more follow (LEB128).
  void varint(std::uint32_t v) {
    for (; v >= 0x80; v >>= 7) u8(static_cast<std::uint8_t>(v | 0x80));
    u8(static_cast<std::uint8_t>(v));
  }

 private:
  void fixed(std::uint64_t v, int bytes) {
    for (int i = 0; i < bytes; ++i) u8(static_cast<std::uint8_t>(v >> (8 * i)));
  }

  std::vector<std::uint8_t>& out_;
};

/// Reads what ByteWriter wrote. Past the end every read gives 0 and ok() turns false for good. Thread-compatible.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  std::size_t left() const { return bytes_.size() - at_; }
  std::size_t position() const { return at_; }

  std::uint8_t u8() { return static_cast<std::uint8_t>(fixed(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(fixed(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(fixed(4)); }
  std::uint64_t u64() { return fixed(8); }
  float f32() { return std::bit_cast<float>(u32()); }

  /// At most five bytes are read; longer ones are an error.
  std::uint32_t varint() {
    std::uint64_t v = 0;
    for (int shift = 0; shift < 35; shift += 7) {
      const std::uint8_t b = u8();
      v |= static_cast<std::uint64_t>(b & 0x7F) << shift;
      if (b < 0x80) return v <= 0xFFFFFFFFU ? static_cast<std::uint32_t>(v) : refuse();
    }
    return refuse();
  }

  /// The next n bytes, or none when fewer are left.
  std::span<const std::uint8_t> bytes(std::size_t n) {
    if (n > left()) return refuse(), std::span<const std::uint8_t>();
    at_ += n;
    return bytes_.subspan(at_ - n, n);
  }

 private:
  std::uint32_t refuse() {
    ok_ = false;
    at_ = bytes_.size();
    return 0;
  }

  std::uint64_t fixed(std::size_t n) {
    std::uint64_t v = 0;
    const auto from = bytes(n);
    for (std::size_t i = 0; i < from.size(); ++i) v |= static_cast<std::uint64_t>(from[i]) << (8 * i);
    return v;
  }

  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace weir::codec
