// SPDX-License-Identifier: Apache-2.0
#include "transport/shaper/token_clock.hpp"

#include <gtest/gtest.h>

namespace weir {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

TimePoint at_ms(int ms) { return TimePoint(milliseconds(ms)); }

PathState path(double mbps, Duration delay = {}) {
  PathState state;
  state.bits_per_second = mbps * 1e6;
  state.delay = delay;
  return state;
}

TEST(TokenClock, TakesBytesOverRateAndDelay) {
  TokenClock clock(LinkTrace(path(8, milliseconds(20))), 1);  // 1000 bytes a millisecond
  EXPECT_EQ(clock.pass_packet(1000, at_ms(0)), at_ms(21));
  EXPECT_EQ(clock.pass_packet(2000, at_ms(0)), at_ms(23));
  EXPECT_EQ(clock.backlog(at_ms(1)), 2000u);
  EXPECT_EQ(clock.pass_packet(1000, at_ms(10)), at_ms(31)) << "an idle path saves nothing up";
}

TEST(TokenClock, FollowsTheRateWithinAPacket) {
  const auto trace = LinkTrace::parse("seconds,mbps\n0,8\n0.010,0\n0.030,16\n0.040,8\n", "t");
  ASSERT_TRUE(trace);
  TokenClock clock(*trace, 1);
  // 10,000 bytes until 10 ms, nothing for 20 ms, 2,000 a millisecond then.
  EXPECT_EQ(clock.pass_message(14000, at_ms(0)), at_ms(32));
  EXPECT_EQ(clock.backlog(at_ms(0)), 14000u);
  EXPECT_EQ(clock.backlog(at_ms(20)), 4000u);
}

TEST(TokenClock, DropsWhatDoesNotFitIntoTheQueue) {
  PathState state = path(8);
  state.queue_bytes = 3000;
  TokenClock clock(LinkTrace(state), 1);
  int passed = 0;
  for (int i = 0; i < 10; ++i) passed += clock.pass_packet(1000, at_ms(0)) ? 1 : 0;
  EXPECT_EQ(passed, 3);
  EXPECT_TRUE(clock.pass_packet(1000, at_ms(1)));
  EXPECT_FALSE(clock.pass_packet(1000, at_ms(1)));
}

TEST(TokenClock, NeverPassesADeadPath) {
  TokenClock clock(LinkTrace(path(0)), 1);
  EXPECT_EQ(clock.pass_message(10, at_ms(5)), kNever);
  EXPECT_EQ(clock.pass_message(10, at_ms(6)), kNever);
  EXPECT_EQ(clock.free_at(), kNever);
}

TEST(TokenClock, LosesItsShareAndKeepsTheOrder) {
  PathState state = path(1000, milliseconds(10));
  state.loss = 0.1;
  state.jitter = milliseconds(5);
  TokenClock clock(LinkTrace(state), 7);
  TimePoint last{};
  Duration spread{};
  int lost = 0;
  for (int i = 0; i < 10000; ++i) {
    const auto arrival = clock.pass_packet(100, at_ms(i));
    if (!arrival) {
      ++lost;
      continue;
    }
    EXPECT_GE(*arrival, last);
    EXPECT_GE(*arrival, at_ms(i) + milliseconds(10));
    EXPECT_LE(*arrival, at_ms(i) + milliseconds(16));
    spread = std::max(spread, *arrival - at_ms(i));
    last = *arrival;
  }
  EXPECT_NEAR(lost, 1000, 100);
  EXPECT_GT(spread, milliseconds(14));
}

TEST(TokenClock, SendsAgainWhatAMessageLost) {
  PathState state = path(11.584, milliseconds(50));  // a packet of a message takes 1 ms
  TokenClock clean(LinkTrace(state), 3);
  EXPECT_EQ(clean.pass_message(100 * TokenClock::kPacketBytes, at_ms(0)), at_ms(150));
  state.loss = 0.1;
  TokenClock lossy(LinkTrace(state), 3);
  const TimePoint arrival = lossy.pass_message(100 * TokenClock::kPacketBytes, at_ms(0));
  EXPECT_GE(arrival, at_ms(150 + 100 + 3));
  EXPECT_LE(arrival, at_ms(150 + 400 + 40));
}

TEST(TokenClock, IsTheSameForTheSameSeed) {
  PathState state = path(5, milliseconds(10));
  state.loss = 0.05;
  state.jitter = milliseconds(8);
  TokenClock one(LinkTrace(state), 42), same(LinkTrace(state), 42), other(LinkTrace(state), 43);
  bool differs = false;
  for (int i = 0; i < 1000; ++i) {
    const TimePoint arrival = one.pass_message(5000, at_ms(10 * i));
    EXPECT_EQ(arrival, same.pass_message(5000, at_ms(10 * i)));
    differs = differs || arrival != other.pass_message(5000, at_ms(10 * i));
  }
  EXPECT_TRUE(differs);
}

}  // namespace
}  // namespace weir
