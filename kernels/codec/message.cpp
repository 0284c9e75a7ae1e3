// SPDX-License-Identifier: Apache-2.0
#include "kernels/codec/message.hpp"

#include <string>

#include "kernels/codec/byte_io.hpp"

namespace weir::codec {
namespace {

constexpr std::size_t kCheckAt = 6;  // two bytes that count as zero in their own sum

std::uint16_t check_sum(std::span<const std::uint8_t> header) {
  const std::uint64_t before = content_hash(header.first(kCheckAt)), after = content_hash(header.subspan(kCheckAt + 2));
  const std::uint64_t sum = before ^ (after * 31);
  return static_cast<std::uint16_t>(sum ^ (sum >> 16) ^ (sum >> 32) ^ (sum >> 48));
}

}  // namespace

std::uint16_t slice_check(std::uint8_t channels, std::span<const std::uint8_t> payload) {
  const std::uint64_t sum = content_hash(payload) + channels * 0x9E3779B97F4A7C15ULL;
  return static_cast<std::uint16_t>(sum >> 32);
}

void put_header(std::vector<std::uint8_t>& out, const Header& header) {
  const std::size_t first = out.size();
  ByteWriter w(out);
  w.u32(kMessageMagic);
  w.u8(kMessageVersion);
  w.u8(header.rung);
  w.u16(0);
  w.u64(header.table_id);
  w.u64(header.model_hash);
  w.u64(header.frame);
  w.u32(header.back);
  w.u16(header.channels);
  w.u16(header.height);
  w.u16(header.width);
  w.u16(header.sent);
  const std::uint16_t sum = check_sum(std::span<const std::uint8_t>(out).subspan(first));
  out[first + kCheckAt] = static_cast<std::uint8_t>(sum & 0xFF);
  out[first + kCheckAt + 1] = static_cast<std::uint8_t>(sum >> 8);
}

void slice_ends(std::span<const std::uint8_t> message, std::vector<std::size_t>& ends) {
  ends.clear();
  if (message.size() < kHeaderBytes) return;
  ByteReader in(message.subspan(kHeaderBytes));
  while (in.left() > 0) {
    in.u8();
    in.u16();
    const std::size_t length = in.varint();
    in.bytes(length);
    if (!in.ok()) return;
    ends.push_back(kHeaderBytes + in.position());
  }
}

Result<Header> get_header(std::span<const std::uint8_t> message) {
  ByteReader in(message);
  if (in.u32() != kMessageMagic) return fail(Code::corrupt, "not a feature message: wrong magic");
  const int version = in.u8();
  if (version != kMessageVersion) {
    return fail(Code::corrupt, "feature message of version " + std::to_string(version) + ", wanted " +
                                   std::to_string(kMessageVersion) + "; use the same release on both sides");
  }
  if (message.size() < kHeaderBytes) {
    return fail(Code::corrupt, "feature message of " + std::to_string(message.size()) +
                                   " bytes is cut short within its header of " + std::to_string(kHeaderBytes));
  }
  Header h;
  h.rung = in.u8();
  const std::uint16_t sum = in.u16();
  h.table_id = in.u64();
  h.model_hash = in.u64();
  h.frame = in.u64();
  h.back = in.u32();
  h.channels = in.u16();
  h.height = in.u16();
  h.width = in.u16();
  h.sent = in.u16();
  if (sum != check_sum(message.first(kHeaderBytes))) {
    return fail(Code::corrupt, "feature message with a corrupt header: wrong check sum");
  }
  return h;
}

}  // namespace weir::codec
