// SPDX-License-Identifier: Apache-2.0
#include "transport/link/send_queue.hpp"

#include <utility>

namespace weir {
namespace {

constexpr std::size_t kGatherBytes = 256 << 10;  // beyond it no further message is looked at
constexpr std::size_t kKeptEntries = 64;         // an empty queue holds no more memory than for these

}  // namespace

std::array<std::uint8_t, kHeaderBytes> seal_header(const OutMessage& message, BodyCheck* check) {
  FrameHeader header = message.header;
  const Body* body = message.body.get();
  header.body_bytes = body ? static_cast<std::uint32_t>(body->bytes) : 0;
  header.header_bytes = kHeaderBytes;
  header.body_check = 0;
  header.flags &= static_cast<std::uint8_t>(~MessageFlags::checked);
  if (check != nullptr && header.body_bytes > 0) {
    check->reset();
    for (const Bytes& piece : body->pieces) check->add(piece.view);
    header.flags |= MessageFlags::checked;
    header.body_check = check->value();
  }
  return encode_header(header);
}

bool SendQueue::push(OutMessage message) {
  Entry entry{std::move(message), {}, false};
  if (bytes_ + entry.bytes() > limit_) return false;
  if (count_ == ring_.size()) grow();
  bytes_ += entry.bytes();
  std::size_t place = count_++;
  for (; place > begun_ && at(place - 1).message.header.priority < entry.message.header.priority; --place) {
    at(place) = std::move(at(place - 1));
  }
  at(place) = std::move(entry);
  return true;
}

void SendQueue::grow() {
  std::vector<Entry> larger(std::max<std::size_t>(4, ring_.size() * 2));
  for (std::size_t i = 0; i < count_; ++i) larger[i] = std::move(at(i));
  ring_ = std::move(larger);
  first_ = 0;
}

bool SendQueue::withdraw(MessageType type, std::uint64_t id) {
  for (std::size_t i = begun_; i < count_; ++i) {
    const FrameHeader& header = at(i).message.header;
    if (header.type != type || header.id != id) continue;
    bytes_ -= at(i).bytes();
    for (; i + 1 < count_; ++i) at(i) = std::move(at(i + 1));
    at(i) = {};
    --count_;
    return true;
  }
  return false;
}

std::size_t SendQueue::gather(std::span<iovec> pieces) {
  std::size_t used = 0;
  std::size_t skip = written_;  // only the front entry has bytes that are gone
  std::size_t bytes = 0;
  const auto add = [&](std::span<const std::uint8_t> part) {
    if (skip >= part.size()) {
      skip -= part.size();
      return true;
    }
    if (used == pieces.size()) return false;
    pieces[used++] = {const_cast<std::uint8_t*>(part.data() + skip), part.size() - skip};
    bytes += part.size() - skip;
    skip = 0;
    return true;
  };
  for (std::size_t i = 0; i < count_ && bytes < kGatherBytes; ++i) {
    Entry& entry = at(i);
    if (!std::exchange(entry.sealed, true)) entry.header = seal_header(entry.message, check_);
    if (!add(entry.header)) return used;
    if (!entry.message.body) continue;
    for (const Bytes& piece : entry.message.body->pieces) {
      if (!add(piece.view)) return used;
    }
  }
  return used;
}

void SendQueue::written(std::size_t bytes) {
  bytes_ -= bytes;
  written_ += bytes;
  while (count_ > 0 && written_ >= at(0).bytes()) {
    written_ -= at(0).bytes();
    drop_front();
  }
  if (written_ > 0) begun_ = std::max<std::size_t>(begun_, 1);
}

void SendQueue::commit(std::size_t bytes) {
  std::size_t covered = 0;
  std::size_t entries = 0;
  for (; entries < count_ && covered < written_ + bytes; ++entries) covered += at(entries).bytes();
  begun_ = std::max(begun_, entries);
}

void SendQueue::drop_front() {
  at(0) = {};
  first_ = (first_ + 1) & (ring_.size() - 1);
  --count_;
  if (begun_ > 0) --begun_;
  if (count_ == 0 && ring_.size() > kKeptEntries) {
    ring_ = {};
    first_ = 0;
  }
}

OutMessage SendQueue::pop() {
  OutMessage message = std::move(at(0).message);
  message.header.body_bytes = message.body ? static_cast<std::uint32_t>(message.body->bytes) : 0;
  bytes_ -= kHeaderBytes + message.header.body_bytes;
  drop_front();
  return message;
}

void SendQueue::clear() {
  ring_ = {};
  first_ = count_ = begun_ = written_ = bytes_ = 0;
}

}  // namespace weir
