// SPDX-License-Identifier: Apache-2.0
#include "pipeline/runtime/edge_queue.hpp"

#include <gtest/gtest.h>

#include "kernels/base/random.hpp"
#include "pipeline/payloads.hpp"

namespace weir {
namespace {

Packet packet_of(std::uint64_t frame) {
  static const auto pool = std::make_shared<detail::Pool<Regions>>();
  auto* packet = pool->take();
  packet->stamp.frame = frame;
  return Packet(packet);
}

TEST(EdgeQueue, MergesGapsAndHandsThemOutFrameByFrame) {
  EdgeQueue queue(2, EdgePolicy::wait, nullptr);
  queue.push(Token::gap(0, 0, 4, Reasons::queue_full));
  queue.push(Token::gap(0, 5, 9, Reasons::queue_full));
  EXPECT_EQ(queue.gap_end(), 9U);
  bool freed = false;
  for (std::uint64_t frame = 0; frame < 10; ++frame) {
    ASSERT_EQ(queue.peek(frame), Token::Kind::gap);
    EXPECT_EQ(queue.take(frame, freed).first, frame);
  }
  EXPECT_EQ(queue.peek(10), std::nullopt);
  EXPECT_FALSE(freed);
}

TEST(EdgeQueue, TellsOfFreedRoomOnlyWhenSomebodyWantedIt) {
  EdgeQueue queue(1, EdgePolicy::wait, nullptr);
  bool freed = false;
  ASSERT_TRUE(queue.reserve());
  queue.push(Token::of(packet_of(0), 0, 0));
  (void)queue.take(0, freed);
  EXPECT_FALSE(freed);
  ASSERT_TRUE(queue.reserve());
  queue.push(Token::of(packet_of(1), 0, 1));
  EXPECT_FALSE(queue.reserve());
  (void)queue.take(1, freed);
  EXPECT_TRUE(freed);
}

// Whatever is pushed under whatever policy, each frame comes out once, in order, as a packet or as a gap, and no more
// packets wait than the capacity allows.
TEST(EdgeQueue, LosesNothingUnderRandomTraffic) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed);
    const auto policy = static_cast<EdgePolicy>(1 + random.below(3));
    const int capacity = 1 + static_cast<int>(random.below(5));
    EdgeQueue queue(capacity, policy, nullptr);
    std::uint64_t pushed = 0;
    std::uint64_t taken = 0;
    std::uint64_t gaps_in = 0;
    std::uint64_t gaps_out = 0;
    bool freed = false;
    while (taken < 500) {
      if (pushed < 500 && random.below(2) == 0) {
        if (random.below(4) == 0) {
          const std::uint64_t last = std::min<std::uint64_t>(499, pushed + random.below(3));
          queue.push(Token::gap(0, pushed, last, random.below(2) == 0 ? Reasons::late : Reasons::queue_full));
          gaps_in += last - pushed + 1;
          pushed = last + 1;
        } else {
          queue.push(Token::of(packet_of(pushed), 0, pushed));
          ++pushed;
        }
      } else if (const auto kind = queue.peek(taken)) {
        const Token token = queue.take(taken, freed);
        ASSERT_EQ(token.first, taken);
        ASSERT_EQ(token.kind, *kind);
        if (token.kind == Token::Kind::packet) {
          ASSERT_EQ(token.packet.stamp().frame, taken);
        } else {
          ++gaps_out;
        }
        ++taken;
      } else {
        ASSERT_EQ(taken, pushed) << "seed " << seed;
      }
    }
    EXPECT_EQ(gaps_out, gaps_in + queue.dropped()) << "seed " << seed;
    EXPECT_LE(queue.max_depth(), static_cast<std::uint64_t>(capacity));
  }
}

}  // namespace
}  // namespace weir
