// SPDX-License-Identifier: Apache-2.0
#include "kernels/control/simulation.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/kernels/control/links.hpp"

namespace weir {
namespace {

using test::at_ms;
using test::ms;
using test::simulate;

/// One rung of a size with 5 ms on either side.
Ladder one_rung(double bytes) {
  Ladder ladder;
  Rung rung;
  rung.name = "only";
  rung.bytes = bytes;
  rung.device = rung.cloud = ms(5);
  rung.accuracy = 0.8;
  ladder.rungs = {rung};
  return ladder;
}

TEST(Simulation, AddsUpTheTimesOfAFrame) {
  const auto records = simulate(Capacity(1e6), "fixed", one_rung(1'250), {.frames = 3});
  ASSERT_EQ(records.size(), 3U);
  // Device 5, link 10, round trip 40, cloud 5.
  EXPECT_EQ(records[1].answered - records[1].captured, ms(60));
  EXPECT_EQ(records[1].end, FrameEnd::chosen);
  EXPECT_DOUBLE_EQ(records[1].accuracy, 0.8);
}

TEST(Simulation, FramesWaitForTheLink) {
  const auto records = simulate(Capacity(1e6), "fixed", one_rung(18'750), {.frames = 4});  // 150 ms each
  EXPECT_EQ(records[0].answered - records[0].captured, ms(200));
  EXPECT_EQ(records[1].answered - records[1].captured, ms(250));
  EXPECT_EQ(records[3].answered - records[3].captured, ms(350));
  EXPECT_EQ(records[0].end, FrameEnd::chosen);
  EXPECT_EQ(records[1].end, FrameEnd::none);
  EXPECT_EQ(records[1].accuracy, 0);
}

TEST(Simulation, TheDeviceWorksOnOneFrameAtATime) {
  Ladder ladder = one_rung(0);
  ladder.rungs[0].device = ms(150);
  const auto records = simulate(Capacity(1e6), "fixed", ladder, {.frames = 6});
  EXPECT_EQ(records[0].answered, at_ms(150));
  EXPECT_EQ(records[1].answered, at_ms(300));
  EXPECT_EQ(records[2].answered, at_ms(450));
  EXPECT_EQ(records[4].answered, kNever);  // the device came to it after its deadline
  EXPECT_EQ(records[5].answered, at_ms(750));
}

TEST(Simulation, SlicesThatAreWholeByTheDeadlineCount) {
  const Ladder ladder = published_ladder();
  // 0.5 Mbit/s for 160 ms (200 less 6 + 6 + 40 is 148): about 9,250 bytes, more than N2Q2, less than N3Q2.
  const auto records = simulate(Capacity(0.5e6), "clio", ladder, {.frames = 1});
  ASSERT_EQ(records[0].end, FrameEnd::chosen);
  EXPECT_DOUBLE_EQ(records[0].accuracy, 1 - .1474);
  EXPECT_NEAR(records[0].bytes, 0.5e6 * 0.148 / 8, 1);
  EXPECT_EQ(records[0].answered, at_ms(200));
}

TEST(Simulation, EarlyExitsSendNothing) {
  Ladder ladder = one_rung(1'000);
  ladder.rungs[0].exits = 0.25;
  const auto records = simulate(Capacity(1e7), "fixed", ladder, {.frames = 2'000});
  const auto sent = std::ranges::count_if(records, [](const FrameRecord& record) { return record.bytes > 0; });
  EXPECT_NEAR(static_cast<double>(sent), 1'500, 80);
}

TEST(Simulation, TheOracleTakesTheMostAccurateRungInTime) {
  const auto records = simulate(Capacity(1.4e6), "oracle", published_ladder(), {.frames = 1});
  // 148 ms at 1.4 Mbit/s are 25,900 bytes.
  ASSERT_GE(records[0].decision.rung, 0);
  EXPECT_EQ(published_ladder().rungs[static_cast<std::size_t>(records[0].decision.rung)].name, "N4Q4");
}

TEST(Simulation, EveryFrameEndsOnceOnALinkThatNeverPasses) {
  for (const double local : {0.0, 0.6}) {
    for (auto name : policy_names()) {
      Ladder ladder = published_ladder_for(name);
      ladder.local_accuracy = local;
      const auto records = simulate(Capacity(0), name, ladder, {.frames = 500});
      ASSERT_EQ(records.size(), 500U) << name;
      for (std::uint64_t i = 0; i < records.size(); ++i) {
        EXPECT_EQ(records[i].frame, i);
        EXPECT_EQ(records[i].end, local > 0 ? FrameEnd::local : FrameEnd::none) << name;
      }
    }
  }
}

TEST(Simulation, OneOutcomeForEachFrameOfRandomLinks) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const Capacity link = test::random_link(seed, 15);
    SimulationOptions options = test::settings()[seed % 3];
    options.byte_spread = seed % 2 == 0 ? 0.2 : 0;
    for (auto name : policy_names()) {
      Ladder ladder = published_ladder_for(name);
      ladder.local_accuracy = seed % 4 == 0 ? 0.6 : 0;
      ladder.local = ms(30);
      const auto records = simulate(link, name, ladder, options);
      ASSERT_EQ(records.size(), static_cast<std::size_t>(link.length() / options.period));
      TimePoint last{};
      for (std::uint64_t i = 0; i < records.size(); ++i) {
        const FrameRecord& record = records[i];
        ASSERT_EQ(record.frame, i);
        const bool in_time = record.answered <= record.captured + options.deadline;
        ASSERT_EQ(record.end == FrameEnd::chosen, in_time) << name << " " << seed << " " << i;
        ASSERT_EQ(record.accuracy > 0, record.end != FrameEnd::none) << name << " " << seed << " " << i;
        ASSERT_EQ(record.end == FrameEnd::local, !in_time && ladder.local_accuracy > 0);
        ASSERT_GE(record.captured, last);
        last = record.captured;
      }
      const SimulationTotals totals = summarise(records);
      EXPECT_LE(totals.on_time, totals.answered);
      if (ladder.local_accuracy > 0) {
        EXPECT_DOUBLE_EQ(totals.answered, 1);
      }
    }
  }
}

TEST(Simulation, RepeatsItself) {
  const Capacity link = test::random_link(5, 30);
  for (auto name : policy_names()) {
    const Ladder ladder = published_ladder_for(name);
    const auto a = simulate(link, name, ladder, {.byte_spread = 0.2}),
               b = simulate(link, name, ladder, {.byte_spread = 0.2});
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      ASSERT_EQ(a[i].decision.rung, b[i].decision.rung) << name;
      ASSERT_EQ(a[i].answered, b[i].answered) << name;
      ASSERT_EQ(a[i].bytes, b[i].bytes) << name;
    }
  }
}

TEST(Simulation, SaysHowLongARecoveryTook) {
  const auto records = simulate(test::with_outage(1), "smallest", published_ladder());
  const Duration took = recovery_after(at_ms(50'000), records);
  EXPECT_GT(took, ms(0));
  EXPECT_LT(took, ms(10'000));
  EXPECT_EQ(recovery_after(at_ms(90'000), records), Duration::max());
}

}  // namespace
}  // namespace weir
