// SPDX-License-Identifier: Apache-2.0
#include "transport/shaper/link_trace.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace weir {
namespace {

using std::chrono::milliseconds;

TimePoint at_ms(int ms) { return TimePoint(milliseconds(ms)); }

TEST(LinkTrace, HoldsEachStateAndBeginsAgain) {
  const auto trace = LinkTrace::parse("seconds,mbps\n0,3.5\n0.5,0\n1.5,10\n", "t");
  ASSERT_TRUE(trace) << trace.error().text;
  EXPECT_EQ(trace->length(), milliseconds(2500));
  for (const int round : {0, 2500, 250000}) {
    EXPECT_EQ(trace->at(at_ms(round)).bits_per_second, 3.5e6);
    EXPECT_EQ(trace->at(at_ms(round + 499)).bits_per_second, 3.5e6);
    EXPECT_EQ(trace->at(at_ms(round + 500)).bits_per_second, 0);
    EXPECT_EQ(trace->at(at_ms(round + 2499)).bits_per_second, 10e6);
    EXPECT_EQ(trace->next_change(at_ms(round)), at_ms(round + 500));
    EXPECT_EQ(trace->next_change(at_ms(round + 1500)), at_ms(round + 2500));
  }
}

TEST(LinkTrace, ReadsAllColumnsInAnyOrder) {
  PathState defaults;
  defaults.loss = 0.25;
  const auto trace =
      LinkTrace::parse("queue_kb,seconds,jitter_ms,delay_ms,mbps\r\n64,0,1.5,20,5\r\n32,1,0,40,6", "t", defaults);
  ASSERT_TRUE(trace) << trace.error().text;
  const PathState& state = trace->at(at_ms(0));
  EXPECT_EQ(state.queue_bytes, 65536u);
  EXPECT_EQ(state.jitter, std::chrono::microseconds(1500));
  EXPECT_EQ(state.delay, milliseconds(20));
  EXPECT_EQ(state.loss, 0.25);
  EXPECT_EQ(trace->at(at_ms(1000)).delay, milliseconds(40));
}

TEST(LinkTrace, NamesTheLineThatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "t:1: the first line does not name the column seconds"},
      {"seconds\n0\n", "t:1: the first line does not name the column mbps"},
      {"seconds,mbps,colour\n", "t:1: the column \"colour\""},
      {"seconds,mbps,mbps\n", "t:1: the column \"mbps\""},
      {"seconds,mbps\n", "has no row"},
      {"seconds,mbps\n1,5\n", "t:2: the first row must be for 0"},
      {"seconds,mbps\n0,5\n0,6\n", "t:3: seconds must increase"},
      {"seconds,mbps\n0,fast\n", "t:2: mbps is \"fast\""},
      {"seconds,mbps\n0,-1\n", "t:2: mbps is \"-1\""},
      {"seconds,mbps\n0,nan\n", "t:2: mbps is \"nan\""},
      {"seconds,mbps\n0,inf\n", "t:2: mbps is \"inf\""},
      {"seconds,mbps\n0\n", "t:2: mbps is \"\""},
      {"seconds,mbps\n0,5,7\n", "t:2: the row has more"},
      {"seconds,mbps,loss\n0,5,1.5\n", "t:2: loss is \"1.5\""},
  };
  for (const auto& [text, what] : cases) {
    const auto trace = LinkTrace::parse(text, "t");
    ASSERT_FALSE(trace) << text;
    EXPECT_EQ(trace.error().code, Code::invalid);
    EXPECT_THAT(trace.error().text, testing::HasSubstr(what));
  }
  EXPECT_EQ(LinkTrace::read("/no/such/trace.csv").error().code, Code::not_found);
}

TEST(LinkTrace, ReadsMeasuredTraces) {
  const char* const data = std::getenv("WEIR_DATA");
  const std::filesystem::path folder =
      (data != nullptr ? std::filesystem::path(data) : std::filesystem::path(WEIR_SOURCE_DIR) / "../shared/data") /
      "traces";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no traces in " << folder;
  int read = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".csv" || entry.path().filename() == "index.csv") continue;
    const auto trace = LinkTrace::read(entry.path().string());
    EXPECT_TRUE(trace) << trace.error().text;
    ++read;
  }
  EXPECT_GT(read, 0);
}

}  // namespace
}  // namespace weir
