// SPDX-License-Identifier: Apache-2.0
#include "stages/control/trace_capacity.hpp"

#include <gtest/gtest.h>

namespace weir {
namespace {

using std::chrono::milliseconds;

TimePoint at_ms(std::int64_t n) { return TimePoint{} + milliseconds(n); }

TEST(TraceCapacity, IsTheTraceStepByStep) {
  const auto trace = LinkTrace::parse("seconds,mbps\n0,1\n1,0\n4,2\n", "t");  // nothing is told of seconds 2 and 3
  ASSERT_TRUE(trace);
  const Capacity capacity = capacity_of(*trace);
  EXPECT_EQ(capacity.length(), trace->length());
  for (int t = 0; t < 20'000; t += 250) {
    EXPECT_EQ(capacity.bits_per_second(at_ms(t)), trace->at(at_ms(t)).bits_per_second) << t;
  }
}

TEST(TraceCapacity, IsCutAtTheWantedLength) {
  const auto trace = LinkTrace::parse("seconds,mbps\n0,1\n1,0\n4,2\n", "t");
  ASSERT_TRUE(trace);
  const Capacity capacity = capacity_of(*trace, milliseconds(4500));
  EXPECT_EQ(capacity.length(), milliseconds(4500));
  EXPECT_EQ(capacity.bits_per_second(at_ms(4400)), 2e6);
  EXPECT_EQ(capacity.bits_per_second(at_ms(4600)), 1e6);
  EXPECT_EQ(capacity_of(*trace, Duration{}).length(), milliseconds(1));
}

TEST(TraceCapacity, OneRowIsALinkThatNeverChanges) {
  const auto trace = LinkTrace::parse("seconds,mbps\n0,3\n", "t");
  ASSERT_TRUE(trace);
  EXPECT_EQ(capacity_of(*trace, milliseconds(5)).length(), Duration{});
  EXPECT_EQ(capacity_of(*trace).bits_per_second(at_ms(77)), 3e6);
}

}  // namespace
}  // namespace weir
