// SPDX-License-Identifier: Apache-2.0
#include "transport/journal/record_format.hpp"

#include <algorithm>

#include "transport/wire/crc32c.hpp"
#include "transport/wire/little_endian.hpp"

namespace weir {
namespace {

constexpr std::size_t kTimeAt = kHeaderBytes, kCheckAt = 60;

std::uint32_t check_of(const std::uint8_t* header) { return crc32c({header + kTimeAt, kCheckAt - kTimeAt}); }

}  // namespace

std::array<std::uint8_t, kRecordHeaderBytes> encode_record_header(const RecordHeader& header) {
  FrameHeader frame = header.frame;
  frame.header_bytes = kRecordHeaderBytes;
  frame.flags = MessageFlags::checked | MessageFlags::durable;
  const std::array<std::uint8_t, kHeaderBytes> start = encode_header(frame);
  std::array<std::uint8_t, kRecordHeaderBytes> bytes{};
  std::copy(start.begin(), start.end(), bytes.begin());
  store_little(bytes.data() + kTimeAt, static_cast<std::uint64_t>(header.time_us));
  store_little(bytes.data() + kCheckAt, check_of(bytes.data()));
  return bytes;
}

Result<RecordHeader> decode_record_header(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < kRecordHeaderBytes) return fail(Code::invalid, "journal record: its header is cut");
  const Result<FrameHeader> frame = decode_header(bytes, kMaxBodyBytes);
  if (!frame) return fail(frame.error());
  const bool known = frame->type == MessageType::record || frame->type == MessageType::ack;
  if (!known || frame->header_bytes != kRecordHeaderBytes || (frame->flags & MessageFlags::checked) == 0) {
    return fail(Code::invalid, "journal record: a message of another kind lies here");
  }
  if (load_little<std::uint32_t>(bytes.data() + kCheckAt) != check_of(bytes.data())) {
    return fail(Code::invalid, "journal record: the check of its time does not fit");
  }
  return RecordHeader{*frame, static_cast<std::int64_t>(load_little<std::uint64_t>(bytes.data() + kTimeAt))};
}

}  // namespace weir
