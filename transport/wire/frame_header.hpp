// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "kernels/base/status.hpp"
#include "kernels/base/time.hpp"

namespace weir {

/// What a message is for. The numbers are part of the wire format and are never reused.
enum class MessageType : std::uint8_t {
  hello = 1,
  hello_ack = 2,
  work = 3,
  result = 4,
  nack = 5,
  credit = 6,
  cancel = 7,
  ping = 8,
  pong = 9,
  drain = 10,
  record = 11,
  ack = 12,
  goaway = 13,
};

std::string_view to_string(MessageType type);

/// Bits of FrameHeader::flags. A receiver refuses a message with a bit that it does not know, unless `ignorable` is
/// set.
struct MessageFlags {
  static constexpr std::uint8_t checked = 1;    ///< body_check is the check of the body
  static constexpr std::uint8_t durable = 2;    ///< the sender keeps it until it is acknowledged
  static constexpr std::uint8_t ignorable = 4;  ///< whoever does not know the type or a flag skips the message
};

inline constexpr std::uint32_t kWireMagic = 0x52494557;  ///< "WEIR" as little-endian bytes
inline constexpr std::uint8_t kWireMajor = 1, kWireMinor = 0;
inline constexpr std::size_t kHeaderBytes = 48;
inline constexpr std::size_t kMaxBodyBytes = std::size_t{64} << 20;  ///< whatever is negotiated, never more

/// The fixed start of every message, 48 little-endian bytes on the wire (docs/wire.md tells their places).
struct FrameHeader {
  std::uint8_t minor = kWireMinor;
  MessageType type = MessageType::ping;
  std::uint8_t flags = 0;
  std::uint16_t header_bytes = kHeaderBytes;  ///< more than kHeaderBytes: the rest is skipped
  std::uint8_t priority = 0;                  ///< higher goes first
  std::uint8_t attempt = 0;                   ///< 0 for the first dispatch of a request
  std::uint32_t body_bytes = 0;
  std::uint32_t budget_us = 0;  ///< time left when it was sent, not an instant: clocks of machines are not compared
  std::uint64_t id = 0;         ///< of the request, unique within `session`
  std::uint64_t session = 0;    ///< of the sender's current life; with `id` it names a request for ever
  std::uint32_t body_check = 0;
};

/// The header's bytes; its own CRC32C is computed.
std::array<std::uint8_t, kHeaderBytes> encode_header(const FrameHeader& header);

/// Reads and checks kHeaderBytes bytes: magic, major version, CRC32C, lengths, type, flags. `max_body` is what was
/// negotiated. Code::invalid says what is wrong, without quoting more than single numbers of the input; another major
/// version is Code::unsupported. A message flagged `ignorable` may come with a type that to_string() does not know.
Result<FrameHeader> decode_header(std::span<const std::uint8_t> bytes, std::size_t max_body);

/// Low half of XXH3-64 over the parts of a body in order.
class BodyCheck {
 public:
  BodyCheck();
  ~BodyCheck();
  BodyCheck(const BodyCheck&) = delete;
  BodyCheck& operator=(const BodyCheck&) = delete;
  void reset();  ///< as after construction, with the same memory
  void add(std::span<const std::uint8_t> bytes);
  std::uint32_t value() const;

 private:
  void* state_;
};

/// A budget for the header: rounded down to microseconds, within 0 and 2^32 - 1.
std::uint32_t to_budget_us(Duration left);

}  // namespace weir
