// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/uio.h>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "transport/wire/message.hpp"

namespace weir {

/// The header as it goes out: with the body's size, and its check where `check` is given.
std::array<std::uint8_t, kHeaderBytes> seal_header(const OutMessage& message, BodyCheck* check);

/// The messages that wait on one link, highest priority first, within it in the order of their arrival. What has begun
/// to go out keeps its place at the front. Allocates only while it grows. Thread-compatible.
class SendQueue {
 public:
  /// At most `limit` bytes wait, headers included. Bodies get their check by means of `check`, none when it is null.
  SendQueue(std::size_t limit, BodyCheck* check) : limit_(limit), check_(check) {}

  /// False when it does not fit; then a later pop or written() may make room.
  bool push(OutMessage message);

  /// Takes out the first message of this type and id that has not begun; whether there was one.
  bool withdraw(MessageType type, std::uint64_t id);

  /// Puts the next bytes that are to be written into `pieces`, headers and bodies, and returns how many pieces those
  /// are. They stay valid until the queue changes.
  std::size_t gather(std::span<iovec> pieces);

  /// That many of the gathered bytes are written.
  void written(std::size_t bytes);

  /// That many of the gathered bytes will have to be written next, as they are: nothing may come between.
  void commit(std::size_t bytes);

  /// Takes the first message out whole; the queue must not be empty, and nothing of it written.
  OutMessage pop();

  void clear();
  bool empty() const { return count_ == 0; }
  std::size_t bytes() const { return bytes_; }
  /// Half of the limit is free: time to tell whoever found no room.
  bool has_room() const { return bytes_ <= limit_ / 2; }

 private:
  struct Entry {
    OutMessage message;
    std::array<std::uint8_t, kHeaderBytes> header;  // as sent; set with the body's check when it is gathered
    bool sealed = false;

    std::size_t bytes() const { return kHeaderBytes + (message.body ? message.body->bytes : 0); }
  };

  Entry& at(std::size_t i) { return ring_[(first_ + i) & (ring_.size() - 1)]; }
  void grow();
  void drop_front();

  const std::size_t limit_;
  BodyCheck* const check_;
  std::vector<Entry> ring_;  // its size is a power of two or zero
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  std::size_t begun_ = 0;    // so many at the front keep their places
  std::size_t written_ = 0;  // bytes of the front entry
  std::size_t bytes_ = 0;
};

}  // namespace weir
