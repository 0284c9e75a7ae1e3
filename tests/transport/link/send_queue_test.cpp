// SPDX-License-Identifier: Apache-2.0
#include "transport/link/send_queue.hpp"

#include <gtest/gtest.h>

#include <deque>

#include "kernels/base/random.hpp"
#include "tests/transport/link/link_rig.hpp"

namespace weir {
namespace {

using test::numbered;

OutMessage of(std::uint64_t id, int priority, std::size_t bytes = 10) {
  OutMessage message = numbered(id, bytes);
  message.header.priority = static_cast<std::uint8_t>(priority);
  return message;
}

TEST(SendQueue, WhatHasBegunIsNotOvertakenOrTakenBack) {
  SendQueue queue(1 << 20, nullptr);
  EXPECT_TRUE(queue.push(of(1, 0)));
  EXPECT_TRUE(queue.push(of(2, 0)));
  EXPECT_TRUE(queue.push(of(3, 0)));
  std::array<iovec, 8> pieces;
  EXPECT_EQ(queue.gather(pieces), 6u);
  queue.written(1);
  queue.commit(60);  // reaches into the second message
  EXPECT_TRUE(queue.push(of(4, 9)));
  EXPECT_FALSE(queue.withdraw(MessageType::work, 1));
  EXPECT_FALSE(queue.withdraw(MessageType::work, 2));
  queue.written(57);
  for (const std::uint64_t id : {2, 4, 3}) EXPECT_EQ(queue.pop().header.id, id);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.bytes(), 0u);
}

TEST(SendQueue, CountsBytesAgainstItsLimit) {
  SendQueue queue(2 * (kHeaderBytes + 10), nullptr);
  EXPECT_TRUE(queue.push(of(1, 0)));
  EXPECT_TRUE(queue.has_room());
  EXPECT_TRUE(queue.push(of(2, 0)));
  EXPECT_FALSE(queue.has_room());
  EXPECT_FALSE(queue.push(of(3, 9, 0)));
  queue.pop();
  EXPECT_TRUE(queue.push(of(3, 9, 0)));
  EXPECT_EQ(queue.bytes(), 2 * kHeaderBytes + 10);
}

/// Against a list that is sorted the plain way: random messages, written in random parts.
TEST(SendQueue, WritesTheBytesOfAllMessagesInOrder) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed);
    SendQueue queue(std::size_t{1} << 30, nullptr);
    std::deque<std::pair<std::uint64_t, int>> expected;  // waiting: id and priority
    std::vector<std::uint8_t> stream;
    std::uint64_t next = 0;
    for (int step = 0; step < 200; ++step) {
      if (random.below(3) > 0) {
        const auto priority = static_cast<int>(random.below(3));
        EXPECT_TRUE(queue.push(of(next, priority, random.below(2) * (1 + random.below(40)))));
        ++next;
      }
      std::array<iovec, 5> pieces;
      const std::size_t used = queue.gather(pieces);
      std::size_t room = random.below(120);
      std::size_t written = 0;
      for (std::size_t i = 0; i < used && room > 0; ++i) {
        const std::size_t part = std::min(room, pieces[i].iov_len);
        const auto* const bytes = static_cast<const std::uint8_t*>(pieces[i].iov_base);
        stream.insert(stream.end(), bytes, bytes + part);
        written += part;
        room -= part;
      }
      queue.written(written);
    }
    while (!queue.empty()) {
      std::array<iovec, 5> pieces;
      ASSERT_GT(queue.gather(pieces), 0u);
      const auto* const bytes = static_cast<const std::uint8_t*>(pieces[0].iov_base);
      stream.insert(stream.end(), bytes, bytes + pieces[0].iov_len);
      queue.written(pieces[0].iov_len);
    }
    std::uint64_t count = 0;
    for (std::size_t at = 0; at < stream.size(); ++count) {
      const auto header = decode_header(std::span(stream).subspan(at, kHeaderBytes), kMaxBodyBytes);
      ASSERT_TRUE(header) << "seed " << seed << ": " << header.error().text;
      at += kHeaderBytes + header->body_bytes;
    }
    EXPECT_EQ(count, next) << "seed " << seed;
  }
}

}  // namespace
}  // namespace weir
