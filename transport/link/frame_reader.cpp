// SPDX-License-Identifier: Apache-2.0
#include "transport/link/frame_reader.hpp"

#include <cstring>

namespace weir {
namespace {

/// Takes up to `wanted` bytes off the front.
std::span<const std::uint8_t> take(std::span<const std::uint8_t>& input, std::size_t wanted) {
  const auto part = input.first(std::min(wanted, input.size()));
  input = input.subspan(part.size());
  return part;
}

bool is_checked(const FrameHeader& header) { return (header.flags & MessageFlags::checked) != 0; }

/// Whether a receiver of this version has a use for the message; decode_header() has refused what may not be skipped.
bool is_known(const FrameHeader& header) {
  constexpr std::uint8_t kKnown = MessageFlags::checked | MessageFlags::durable | MessageFlags::ignorable;
  return (header.flags & ~kKnown) == 0 && !to_string(header.type).empty();
}

}  // namespace

void FrameReader::filled(std::size_t bytes) {
  if (is_checked(current_)) check_->add(memory_.bytes.subspan(filled_, bytes));
  filled_ += bytes;
}

Result<bool> FrameReader::next(std::span<const std::uint8_t>& input, InMessage& out) {
  for (;;) {
    const auto whole = advance(input);
    if (!whole || !*whole) return whole;
    header_filled_ = 0;
    BodyMemory memory = std::move(memory_);
    memory_ = {};
    if (is_checked(current_) && check_->value() != current_.body_check) {
      return fail(Code::corrupt, "the body of message " + std::to_string(current_.id) + " (" +
                                     std::to_string(current_.body_bytes) +
                                     " bytes) does not fit its check; bytes were changed or lost on the way");
    }
    if (!is_known(current_)) continue;
    out.header = current_;
    out.body = {memory.bytes, std::move(memory.keeper)};
    return true;
  }
}

/// Whether the message under way is whole.
Result<bool> FrameReader::advance(std::span<const std::uint8_t>& input) {
  if (header_filled_ < kHeaderBytes) {
    const auto part = take(input, kHeaderBytes - header_filled_);
    std::copy(part.begin(), part.end(), header_.begin() + static_cast<std::ptrdiff_t>(header_filled_));
    header_filled_ += part.size();
    if (header_filled_ < kHeaderBytes) return false;
    if (Status status = read_header(); !status) return fail(status.error());
  }
  skip_ -= take(input, skip_).size();
  if (skip_ > 0) return false;
  if (const auto part = take(input, space().size()); !part.empty()) {
    std::memcpy(space().data(), part.data(), part.size());
    filled(part.size());
  }
  return filled_ == current_.body_bytes;
}

Status FrameReader::read_header() {
  auto header = decode_header(header_, max_body_);
  if (!header) return header.error();
  current_ = *header;
  skip_ = header->header_bytes - kHeaderBytes;
  filled_ = 0;
  if (header->body_bytes > 0) memory_ = pool_->take(header->body_bytes);
  if (is_checked(current_)) {
    if (!check_) check_ = std::make_unique<BodyCheck>();
    check_->reset();
  }
  return {};
}

}  // namespace weir
