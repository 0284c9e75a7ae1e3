// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace weir::engine {

/// One field of a protobuf message: its number and either a number or bytes.
struct Field {
  std::uint32_t number = 0;
  std::uint64_t value = 0;
  std::string_view bytes;
  std::string_view whole;  ///< the field as it stands in the message, key and all
};

/// Walks the fields of one message; never reads outside it.
class Reader {
 public:
  explicit Reader(std::string_view message) : left_(message) {}

  /// False at the end and on malformed input; ok() tells which.
  bool next(Field& out) {
    if (left_.empty() || !ok_) return false;
    const std::string_view before = left_;
    std::uint64_t key = 0;
    ok_ = varint(key) && (key >> 3) > 0 && (key >> 3) < (1U << 29);
    out = {static_cast<std::uint32_t>(key >> 3), 0, {}, {}};
    if (!ok_) return false;
    switch (key & 7U) {
      case 0:
        ok_ = varint(out.value);
        break;
      case 1:
        ok_ = take(8, out.bytes);
        break;
      case 2:
        ok_ = varint(out.value) && take(out.value, out.bytes);
        break;
      case 5:
        ok_ = take(4, out.bytes);
        break;
      default:
        ok_ = false;
    }
    out.whole = before.substr(0, before.size() - left_.size());
    return ok_;
  }

  bool ok() const { return ok_; }

 private:
  bool varint(std::uint64_t& out) {
    out = 0;
    for (int shift = 0; shift < 64 && !left_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(left_.front());
      left_.remove_prefix(1);
      out |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if ((byte & 0x80U) == 0) return true;
    }
    return false;
  }

  bool take(std::uint64_t count, std::string_view& out) {
    if (count > left_.size()) return false;
    out = left_.substr(0, count);
    left_.remove_prefix(count);
    return true;
  }

  std::string_view left_;
  bool ok_ = true;
};

}  // namespace weir::engine
