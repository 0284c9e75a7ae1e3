// SPDX-License-Identifier: Apache-2.0
#include "pipeline/link_monitor.hpp"

#include <gtest/gtest.h>

namespace weir {
namespace {

TimePoint at(int ms) { return TimePoint(std::chrono::milliseconds(ms)); }

TEST(LinkMonitor, TellsWhatIsUnderWayAndWhatHasEnded) {
  LinkMonitor link;
  link.asked(0, 7, 1000, at(1));
  link.asked(1, 7, 500, at(2));
  link.asked(0, 8, 2000, at(3));
  link.ended(0, 7, {.end = ExchangeEnd::answered, .worker = 2, .service = std::chrono::milliseconds(4)}, at(9));
  std::vector<Exchange> open, ended;
  link.under_way(open);
  ASSERT_EQ(open.size(), 2U);
  EXPECT_EQ(open[0].stream, 1U);
  EXPECT_EQ(open[1].frame, 8U);
  EXPECT_EQ(open[1].ended, kNever);
  const std::uint64_t position = link.ended_since(0, ended);
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].bytes, 1000U);
  EXPECT_EQ(ended[0].asked, at(1));
  EXPECT_EQ(ended[0].ended, at(9));
  EXPECT_EQ(ended[0].worker, 2);
  EXPECT_EQ(ended[0].service, std::chrono::milliseconds(4));
  EXPECT_EQ(ended[0].end, ExchangeEnd::answered);
  ended.clear();
  link.ended(0, 8, {.end = ExchangeEnd::lost, .worker = 2, .service = std::chrono::milliseconds(4)}, at(10));
  EXPECT_EQ(link.ended_since(position, ended), position + 1);
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].end, ExchangeEnd::lost);
  EXPECT_EQ(ended[0].worker, -1) << "nobody answered";
  EXPECT_EQ(ended[0].service, Duration(0));
}

TEST(LinkMonitor, KeepsTheLastOnesAndSkipsWhatIsForgotten) {
  LinkMonitor link;
  constexpr std::uint64_t kMore = 10;
  for (std::uint64_t frame = 0; frame < LinkMonitor::kKept + kMore; ++frame) {
    link.asked(0, frame, 1, at(0));
    link.ended(0, frame, {.end = ExchangeEnd::answered}, at(1));
  }
  std::vector<Exchange> ended;
  EXPECT_EQ(link.ended_since(3, ended), LinkMonitor::kKept + kMore);
  ASSERT_EQ(ended.size(), LinkMonitor::kKept);
  EXPECT_EQ(ended[0].frame, kMore);
  ended.clear();
  link.ended_since(LinkMonitor::kKept + kMore - 1, ended);
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].frame, LinkMonitor::kKept + kMore - 1);
}

TEST(LinkMonitor, ARequestMayComeThroughInPart) {
  LinkMonitor link;
  link.asked(0, 1, 1000, at(0));
  link.ended(0, 1, {.end = ExchangeEnd::skipped, .bytes = 300}, at(1));
  std::vector<Exchange> ended;
  link.ended_since(0, ended);
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].bytes, 300U);
}

TEST(LinkMonitor, AnEndingOfNothingIsNothing) {
  LinkMonitor link;
  link.ended(0, 1, {.end = ExchangeEnd::answered}, at(1));
  std::vector<Exchange> ended;
  EXPECT_EQ(link.ended_since(0, ended), 0U);
  EXPECT_TRUE(ended.empty());
}

}  // namespace
}  // namespace weir
