// SPDX-License-Identifier: Apache-2.0
#include "transport/wire/frame_header.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "transport/wire/crc32c.hpp"
#include "transport/wire/little_endian.hpp"

namespace weir {
namespace {

// Places of the fields; docs/wire.md has the table. Bytes 12 to 15 are 0 and ignored.
constexpr std::size_t kMagicAt = 0, kMajorAt = 4, kMinorAt = 5, kTypeAt = 6, kFlagsAt = 7, kHeaderBytesAt = 8,
                      kPriorityAt = 10, kAttemptAt = 11, kBodyBytesAt = 16, kBudgetAt = 20, kIdAt = 24, kSessionAt = 32,
                      kBodyCheckAt = 40, kHeaderCheckAt = 44;

constexpr std::uint8_t kKnownFlags = MessageFlags::checked | MessageFlags::durable | MessageFlags::ignorable;

tl::unexpected<Error> refuse(std::string text) { return fail(Code::invalid, "message header: " + std::move(text)); }

/// What may be found wrong once the header is known to be whole.
Status check_fields(const FrameHeader& header, std::size_t max_body) {
  const bool ignorable = (header.flags & MessageFlags::ignorable) != 0;
  const auto error = [](std::string text) { return Status(Code::invalid, "message header: " + std::move(text)); };
  if (header.header_bytes < kHeaderBytes) {
    return error("it says it has " + std::to_string(header.header_bytes) + " bytes, it needs at least 48");
  }
  if (to_string(header.type).empty() && !ignorable) {
    return error("type " + std::to_string(static_cast<int>(header.type)) +
                 " is not known here; the sender may need the flag \"ignorable\" or an older version");
  }
  if ((header.flags & ~kKnownFlags) != 0 && !ignorable) {
    return error("flags " + std::to_string(header.flags) + " hold a bit that is not known here (known are " +
                 std::to_string(kKnownFlags) + ")");
  }
  const std::size_t most = std::min(max_body, kMaxBodyBytes);
  if (header.body_bytes > most) {
    return error("the body has " + std::to_string(header.body_bytes) + " bytes, agreed are at most " +
                 std::to_string(most) + "; raise the limit on both sides or send less");
  }
  return {};
}

}  // namespace

std::array<std::uint8_t, kHeaderBytes> encode_header(const FrameHeader& header) {
  std::array<std::uint8_t, kHeaderBytes> out{};
  std::uint8_t* at = out.data();
  store_little(at + kMagicAt, kWireMagic);
  at[kMajorAt] = kWireMajor;
  at[kMinorAt] = header.minor;
  at[kTypeAt] = static_cast<std::uint8_t>(header.type);
  at[kFlagsAt] = header.flags;
  store_little(at + kHeaderBytesAt, header.header_bytes);
  at[kPriorityAt] = header.priority;
  at[kAttemptAt] = header.attempt;
  store_little(at + kBodyBytesAt, header.body_bytes);
  store_little(at + kBudgetAt, header.budget_us);
  store_little(at + kIdAt, header.id);
  store_little(at + kSessionAt, header.session);
  store_little(at + kBodyCheckAt, header.body_check);
  store_little(at + kHeaderCheckAt, crc32c({at, kHeaderCheckAt}));
  return out;
}

Result<FrameHeader> decode_header(std::span<const std::uint8_t> bytes, std::size_t max_body) {
  if (bytes.size() < kHeaderBytes) return refuse("only " + std::to_string(bytes.size()) + " of 48 bytes are there");
  const std::uint8_t* at = bytes.data();
  if (load_little<std::uint32_t>(at + kMagicAt) != kWireMagic) {
    return refuse("it does not begin with \"WEIR\"; the other side speaks something else");
  }
  if (at[kMajorAt] != kWireMajor) {
    return fail(Code::unsupported, "message header: wire version " + std::to_string(at[kMajorAt]) +
                                       ", this is version " + std::to_string(kWireMajor) +
                                       "; use the same release of Weir on both sides");
  }
  if (load_little<std::uint32_t>(at + kHeaderCheckAt) != crc32c({at, kHeaderCheckAt})) {
    return refuse("its CRC32C does not fit; bytes were changed or lost on the way");
  }
  FrameHeader header;
  header.minor = at[kMinorAt];
  header.type = static_cast<MessageType>(at[kTypeAt]);
  header.flags = at[kFlagsAt];
  header.header_bytes = load_little<std::uint16_t>(at + kHeaderBytesAt);
  header.priority = at[kPriorityAt];
  header.attempt = at[kAttemptAt];
  header.body_bytes = load_little<std::uint32_t>(at + kBodyBytesAt);
  header.budget_us = load_little<std::uint32_t>(at + kBudgetAt);
  header.id = load_little<std::uint64_t>(at + kIdAt);
  header.session = load_little<std::uint64_t>(at + kSessionAt);
  header.body_check = load_little<std::uint32_t>(at + kBodyCheckAt);
  if (Status status = check_fields(header, max_body); !status) return fail(status.error());
  return header;
}

std::uint32_t to_budget_us(Duration left) {
  const std::int64_t us = left.count() / 1000;
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(us, 0, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace weir
