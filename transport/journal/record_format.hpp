// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "kernels/base/status.hpp"
#include "transport/journal/journal.hpp"
#include "transport/wire/frame_header.hpp"

namespace weir {

/// The start of a record on disk: a wire header that says it is 64 bytes long, at 48 the time (i64, microseconds since
/// 1970), at 56 zero, at 60 CRC-32C over bytes 48 to 59.
inline constexpr std::size_t kRecordHeaderBytes = 64;

struct RecordHeader {
  FrameHeader frame;  ///< type record, or ack for an acknowledgement
  std::int64_t time_us = 0;
};

std::array<std::uint8_t, kRecordHeaderBytes> encode_record_header(const RecordHeader& header);

/// Reads kRecordHeaderBytes bytes; Code::invalid for whatever is not the start of a record or an acknowledgement.
Result<RecordHeader> decode_record_header(std::span<const std::uint8_t> bytes);

}  // namespace weir
