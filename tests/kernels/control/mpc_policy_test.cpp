// SPDX-License-Identifier: Apache-2.0
#include "kernels/control/mpc_policy.hpp"

#include <gtest/gtest.h>

#include "tests/kernels/control/links.hpp"
#include "tests/support/allocation_count.hpp"

namespace weir {
namespace {

using test::at_ms;
using test::ms;
using test::simulate;

Situation first_frame(std::span<const double> bytes = {}) {
  return {0, at_ms(0), at_ms(0), ms(200), ms(100), {}, bytes};
}

TEST(Mpc, UsesWhatAGoodLinkAllows) {
  const Ladder ladder = published_ladder();
  const auto good = summarise(simulate(Capacity(30e6), "mpc", ladder, {.frames = 600}));
  EXPECT_GT(good.effective_accuracy, 0.858);
  EXPECT_GT(good.on_time, 0.998);
}

TEST(Mpc, StaysCloseToTheOracleWhenTheRateChanges) {
  const Ladder ladder = published_ladder();
  for (const SimulationOptions& options : test::settings()) {
    double ours = 0, best = 0;
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
      const Capacity link = test::random_link(seed, 60);
      ours += summarise(simulate(link, "mpc", ladder, options)).on_time / 8;
      best += summarise(simulate(link, "oracle", ladder, options)).on_time / 8;
    }
    EXPECT_GT(ours, best - 0.08);
  }
}

TEST(Mpc, IsBackWithinASecondAfterAnOutage) {
  for (const double local : {0.0, 0.6}) {
    Ladder ladder = published_ladder();
    ladder.local_accuracy = local;
    for (const SimulationOptions& options : test::settings()) {
      for (const double mbps : {0.6, 1.0, 3.0, 10.0, 100.0}) {
        const auto records = simulate(test::with_outage(mbps), "mpc", ladder, options);
        EXPECT_LE(recovery_after(at_ms(50'000), records), ms(1'000)) << mbps << " Mbit/s, local " << local;
        if (local > 0) {
          EXPECT_EQ(summarise(records).answered, 1);
        }
      }
    }
  }
}

TEST(Mpc, IsBackSoonWhenAllWasLostMeanwhile) {
  const Ladder ladder = published_ladder();
  const auto mpc = test::policy("mpc", ladder);
  const auto down = [](TimePoint t) { return t >= at_ms(20'000) && t < at_ms(50'000); };
  std::vector<Transfer> open;
  std::vector<UnderWay> under_way;
  TimePoint link_free{};
  int sent_after = 0;
  TimePoint first = kNever;
  for (std::uint64_t frame = 0; frame < 1'600; ++frame) {
    const TimePoint now = TimePoint{} + static_cast<std::int64_t>(frame) * Duration(33'333'333);
    while (!open.empty() && open.front().acked <= now) {
      mpc->learn(open.front());
      open.erase(open.begin());
      under_way.erase(under_way.begin());
    }
    const Decision decision = mpc->decide({frame, now, now, ms(100), Duration(33'333'333), under_way, {}});
    if (decision.rung < 0) continue;
    const double bytes = ladder.rungs[static_cast<std::size_t>(decision.rung)].bytes;
    Transfer transfer{frame, decision.rung, bytes, now + ms(6), {}, ms(6), down(now)};
    if (transfer.lost) {
      transfer.acked = now + ms(250);  // given up
    } else {
      link_free = std::max(link_free, transfer.sent) + Duration(static_cast<std::int64_t>(8e3 * bytes));  // 1 Mbit/s
      transfer.acked = link_free + ms(46);
    }
    if (now >= at_ms(50'000)) {
      if (transfer.acked <= now + ms(100)) first = std::min(first, transfer.acked);
      sent_after += now >= at_ms(51'000);
    }
    open.push_back(transfer);
    under_way.push_back({frame, bytes, transfer.sent});
  }
  EXPECT_LE(first, at_ms(51'000));
  EXPECT_GT(sent_after, 60);  // of 70
}

TEST(Mpc, CountsTheWorkersQueue) {
  Ladder ladder = published_ladder();
  ladder.rungs = {ladder.rungs[3]};  // N1Q1
  const auto idle = test::policy("mpc", ladder), busy = test::policy("mpc", ladder);
  Duration forecast[2];
  for (std::uint64_t i = 0; i < 40; ++i) {
    const TimePoint now = at_ms(static_cast<std::int64_t>(100 * i));
    const Situation situation{i, now, now, ms(200), ms(100), {}, {}};
    const Decision a = idle->decide(situation), b = busy->decide(situation);
    forecast[0] = a.forecast;
    forecast[1] = b.forecast;
    idle->learn({i, 0, 1'608, now, now + ms(60), ms(6), false});
    busy->learn({i, 0, 1'608, now, now + ms(120), ms(66), false});
  }
  EXPECT_GT(forecast[1] - forecast[0], ms(35));
}

TEST(Mpc, ProbesAnIdleLinkOnly) {
  Ladder ladder = published_ladder();
  ladder.local_accuracy = 0.6;
  // Too slow for any rung, so that it sends nothing but probes.
  const auto records = simulate(Capacity(4e4), "mpc", ladder, {.frames = 600});
  TimePoint last = TimePoint::min(), answered{};
  int probes = 0;
  for (const FrameRecord& record : records) {
    if (record.decision.rung < 0) continue;
    if (record.captured > at_ms(5'000)) {
      EXPECT_TRUE(record.decision.probe);
      EXPECT_GE(record.captured - last, ms(400));
      EXPECT_GE(record.captured, answered);
      ++probes;
    }
    last = record.captured;
    answered = record.answered;
  }
  EXPECT_GT(probes, 50);
}

TEST(Mpc, KeepsTheMostAccurateOfMoreRungsThanItCanTry) {
  Ladder ladder;
  // Each of the others is worse and larger than the good one before it, and merely a little quicker.
  for (int i = 0; i < 40; ++i) {
    const bool good = i == 0 || i == 14;
    Rung rung{.name = std::to_string(i), .bytes = 1000.0 + 100 * i};
    rung.accuracy = good ? 0.5 + 0.03 * i : 0.3;
    rung.device = ms(good ? 6 : 5) - Duration(i);
    rung.cloud = ms(6);
    ladder.rungs.push_back(rung);
  }
  const auto records = simulate(Capacity(20e6), "mpc", ladder, {.frames = 300});
  EXPECT_EQ(records.back().decision.rung, 14);
}

TEST(Mpc, PrefersTheLocalAnswerToAWorseRung) {
  Ladder ladder = published_ladder();
  ladder.local_accuracy = 0.855;
  const auto records = simulate(Capacity(2e6), "mpc", ladder, {.frames = 300});
  for (const FrameRecord& record : records) {
    if (record.decision.rung >= 0 && !record.decision.probe) {
      EXPECT_GE(record.accuracy, 0.855);
    }
  }
  EXPECT_GT(summarise(records).effective_accuracy, 0.8555);
}

TEST(Mpc, GoesByTheSizesOfTheFrameAtHand) {
  const Ladder ladder = published_ladder();
  std::vector<double> bytes;
  for (const Rung& rung : ladder.rungs) bytes.push_back(100 * rung.bytes);
  const auto a = test::policy("mpc", ladder), b = test::policy("mpc", ladder);
  const Decision usual = a->decide(first_frame()), large = b->decide(first_frame(bytes));
  EXPECT_FALSE(usual.probe);
  EXPECT_TRUE(large.probe);
  EXPECT_GT(large.forecast, usual.forecast);
}

TEST(Mpc, SaysWhatWouldHelpWhenNothingFits) {
  const Ladder ladder = published_ladder();
  const auto slow = simulate(Capacity(3e4), "mpc", ladder, {.frames = 300});  // 430 ms for the smallest
  EXPECT_GE(slow.back().decision.fps_divisor, 5);
  EXPECT_LT(slow.back().decision.scale, 0.8);
  const auto good = simulate(Capacity(1e7), "mpc", ladder, {.frames = 300});
  EXPECT_EQ(good.back().decision.fps_divisor, 1);
  EXPECT_EQ(good.back().decision.scale, 1);
}

TEST(Mpc, SpacesFramesEvenlyWhereItIsToldTo) {
  const Ladder ladder = published_ladder();
  // For 30 s the smallest rung takes 1.2 periods, so that every other frame fits; then all do.
  std::vector<double> mbps(30, 8e-6 * ladder.rungs[3].bytes / 0.12);
  mbps.resize(60, 5);
  const Capacity link = test::stepped(mbps);
  const auto run = [&](bool even) {
    MpcPolicy mpc(ladder, {.even = even});
    std::vector<FrameRecord> records;
    Simulation(link, ladder, {.deadline = ms(500)}).run(mpc, records);
    return records;
  };
  const auto records = run(true);
  int pairs = 0;
  for (std::size_t i = 100; i < 280; ++i) {
    EXPECT_EQ(records[i].decision.held, records[i].decision.rung < 0) << i;
    pairs += (records[i].decision.rung < 0) != (records[i + 1].decision.rung < 0);
  }
  EXPECT_GT(pairs, 175) << "sent and held frames alternate";
  for (std::size_t i = 350; i < 600; ++i) EXPECT_FALSE(records[i].decision.held) << i << ": the link bears every frame";
  for (const FrameRecord& record : run(false)) EXPECT_FALSE(record.decision.held);
}

TEST(Mpc, TunesItsRiskByMisses) {
  const Ladder ladder = published_ladder();
  MpcPolicy late(ladder, {}), early(ladder, {});
  for (std::uint64_t i = 0; i < 60; ++i) {
    const TimePoint now = at_ms(static_cast<std::int64_t>(100 * i));
    const Situation situation{i, now, now, ms(200), ms(100), {}, {}};
    const Decision a = late.decide(situation), b = early.decide(situation);
    late.learn({i, a.rung, 1'608, now, now + ms(a.probe ? 60 : 260), ms(6), false});
    early.learn({i, b.rung, 1'608, now, now + ms(60), ms(6), false});
  }
  EXPECT_LT(late.risk(), 0.1);
  EXPECT_GT(early.risk(), 0.1);
}

TEST(Mpc, ForecastsWhatHappens) {
  const auto records = simulate(Capacity(5e6), "mpc", published_ladder(), {.frames = 300});
  const FrameRecord& last = records.back();
  const auto error = last.decision.forecast - (last.answered - last.captured);
  EXPECT_LT(std::abs(std::chrono::duration<double>(error).count()), 0.01);
}

TEST(Mpc, DecidesWithoutTheHeap) {
  const Ladder ladder = published_ladder();
  const Capacity link = test::random_link(3, 60);
  const auto mpc = test::policy("mpc", ladder);
  std::vector<FrameRecord> records;
  records.reserve(2'000);
  Simulation simulation(link, ladder, {.frames = 500});
  simulation.run(*mpc, records);
  records.clear();
  const std::size_t before = test::allocation_count();
  simulation.run(*mpc, records);
  EXPECT_EQ(test::allocation_count(), before);
}

}  // namespace
}  // namespace weir
