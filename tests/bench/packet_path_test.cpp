// SPDX-License-Identifier: Apache-2.0
#include "bench/net/packet_path.hpp"

#include <gtest/gtest.h>

namespace weir::bench {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

TimePoint at_us(int us) { return TimePoint(microseconds(us)); }

/// 8 Mbit/s: 1,000 bytes take 1 ms.
PathState path_of(Duration delay) {
  PathState path;
  path.bits_per_second = 8e6;
  path.delay = delay;
  return path;
}

std::vector<std::uint8_t> packet(std::uint8_t number, std::size_t bytes = 1000) {
  return std::vector<std::uint8_t>(bytes, number);
}

/// Takes all packets out; returns when each came.
std::vector<TimePoint> drain(PacketPath& path) {
  std::vector<TimePoint> times;
  for (; path.next() != kNever; path.pop()) times.push_back(path.next());
  return times;
}

TEST(PacketPath, TakesRateAndDelay) {
  PacketPath path(LinkTrace(path_of(milliseconds(20))), 1);
  EXPECT_EQ(path.next(), kNever);
  for (const std::uint8_t number : {1, 2, 3}) EXPECT_TRUE(path.enter(packet(number), at_us(0)));
  EXPECT_TRUE(path.enter(packet(4, 500), at_us(10'000)));
  for (const auto& [number, us] : {std::pair{1, 21'000}, {2, 22'000}, {3, 23'000}}) {
    EXPECT_EQ(path.next(), at_us(us));
    EXPECT_EQ(path.front().size(), 1000u);
    EXPECT_EQ(path.front()[999], number);
    path.pop();
  }
  EXPECT_EQ(path.next(), at_us(30'500)) << "the bottleneck was free again";
  EXPECT_EQ(path.front().size(), 500u);
  EXPECT_EQ(path.entered(), 4u);
  EXPECT_EQ(path.lost(), 0u);
}

TEST(PacketPath, LosesWhatTheQueueHasNoRoomFor) {
  PathState state = path_of(milliseconds(20));
  state.queue_bytes = 5000;
  PacketPath path(LinkTrace(state), 1);
  int entered = 0;
  for (std::uint8_t i = 0; i < 20; ++i) entered += path.enter(packet(i), at_us(0)) ? 1 : 0;
  EXPECT_EQ(entered, 5);
  EXPECT_EQ(path.lost(), 15u);
  EXPECT_FALSE(path.enter(packet(20), at_us(900)));
  EXPECT_TRUE(path.enter(packet(21), at_us(1000))) << "one packet has left the queue, though not the path";
  EXPECT_EQ(drain(path).size(), 6u);
}

TEST(PacketPath, LosesItsShareAndTheSameWithTheSameSeed) {
  PathState state = path_of(Duration{});
  state.loss = 0.1;
  PacketPath path(LinkTrace(state), 7), same(LinkTrace(state), 7), other(LinkTrace(state), 8);
  int differ = 0;
  for (int i = 0; i < 10'000; ++i) {
    const bool entered = path.enter(packet(1), at_us(1000 * i));
    EXPECT_EQ(same.enter(packet(1), at_us(1000 * i)), entered);
    differ += other.enter(packet(1), at_us(1000 * i)) != entered ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(path.lost()), 1000, 100);
  EXPECT_GT(differ, 0);
}

TEST(PacketPath, JitterKeepsTheOrder) {
  PathState state = path_of(milliseconds(20));
  state.jitter = milliseconds(5);
  PacketPath path(LinkTrace(state), 3);
  Duration least = milliseconds(1000), most{};
  TimePoint before{};
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(path.enter(packet(static_cast<std::uint8_t>(i)), at_us(10'000 * i)));
    ASSERT_EQ(path.front()[0], static_cast<std::uint8_t>(i));
    EXPECT_GE(path.next(), before);
    before = path.next();
    least = std::min(least, before - at_us(10'000 * i));
    most = std::max(most, before - at_us(10'000 * i));
    path.pop();
  }
  EXPECT_GE(least, milliseconds(21));
  EXPECT_LE(most, milliseconds(26));
  EXPECT_GT(most - least, milliseconds(4));
}

TEST(PacketPath, WaitsWhereTheTraceHasNoRate) {
  const auto trace = LinkTrace::parse("seconds,mbps\n0,8\n0.0005,0\n1,8\n2,8\n", "t", path_of(milliseconds(20)));
  ASSERT_TRUE(trace) << trace.error().text;
  PacketPath path(*trace, 1);
  EXPECT_TRUE(path.enter(packet(1), at_us(0)));
  EXPECT_EQ(path.next(), at_us(1'020'500));
  PathState nothing = path_of(Duration{});
  nothing.bits_per_second = 0;
  PacketPath dead(LinkTrace(nothing), 1);
  EXPECT_FALSE(dead.enter(packet(1), at_us(0)));
  EXPECT_EQ(dead.next(), kNever);
}

}  // namespace
}  // namespace weir::bench
