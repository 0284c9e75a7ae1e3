// SPDX-License-Identifier: Apache-2.0
#include "kernels/control/belief.hpp"

#include <gtest/gtest.h>

#include "tests/kernels/control/links.hpp"

namespace weir {
namespace {

using test::at_ms;
using test::ms;

/// A link that a test drives by hand: transfers one after the other.
class Feed {
 public:
  Feed(LinkBelief& belief, double overhead_ms) : belief_(belief), overhead_(overhead_ms / 1e3) {}

  /// Sends so many bytes at the time and tells how they went.
  void send(std::int64_t at, double bytes, double bits_per_second) {
    const double link = 8 * bytes / bits_per_second;
    free_ = std::max(static_cast<double>(at) / 1e3, free_) + link;
    Transfer transfer{frame_++, 0, bytes, at_ms(at), {}, ms(6), false};
    transfer.acked = TimePoint{} + Duration(static_cast<std::int64_t>((free_ + overhead_ + 0.006) * 1e9));
    belief_.learn(transfer);
  }

 private:
  LinkBelief& belief_;
  double overhead_, free_ = 0;
  std::uint64_t frame_ = 0;
};

double quickest_rate(const LinkBelief::Forecast& forecast) { return forecast.cases.back().bits_per_second; }
double slowest_rate(const LinkBelief::Forecast& forecast) { return forecast.cases.front().bits_per_second; }

TEST(LinkBelief, TellsOverheadFromRateBySizes) {
  LinkBelief belief;
  Feed feed(belief, 80);
  for (int i = 0; i < 200; ++i) feed.send(i * 100, i % 3 == 0 ? 20'000 : 2'000, 4e6);
  EXPECT_NEAR(belief.overhead(), 0.08, 0.012);
  EXPECT_NEAR(belief.bits_per_second(), 4e6, 0.8e6);
  EXPECT_NEAR(belief.service(), 0.006, 1e-6);
}

TEST(LinkBelief, QueueingIsNoSlowness) {
  LinkBelief belief;
  Feed feed(belief, 40);
  for (int i = 0; i < 60; ++i) feed.send(i * 100, 12'000, 1e6);  // each waits for the link of the one before
  EXPECT_NEAR(belief.bits_per_second(), 1e6, 0.2e6);
}

TEST(LinkBelief, WidensWithWhatItSees) {
  LinkBelief calm, wild;
  Feed a(calm, 40), b(wild, 40);
  for (int i = 0; i < 200; ++i) {
    a.send(i * 100, 5'000, 5e6);
    b.send(i * 100, 5'000, i % 2 == 0 ? 10e6 : 2.5e6);
  }
  const auto narrow = calm.forecast(at_ms(20'000), {}), wide = wild.forecast(at_ms(20'000), {});
  EXPECT_GT(slowest_rate(narrow), 0.8 * calm.bits_per_second());
  EXPECT_LT(slowest_rate(wide), 0.6 * wild.bits_per_second());
  double sum = 0;
  for (std::size_t i = 0; i < LinkBelief::kCases; ++i) {
    sum += wide.cases[i].weight;
    if (i > 0) {
      EXPECT_GE(wide.cases[i].bits_per_second, wide.cases[i - 1].bits_per_second);
    }
  }
  EXPECT_NEAR(sum, 1, 1e-9);
}

TEST(LinkBelief, OldRatiosExpireByTime) {
  LinkBelief belief;
  Feed feed(belief, 40);
  for (int i = 0; i < 50; ++i) feed.send(i * 100, 5'000, i % 2 == 0 ? 10e6 : 2.5e6);
  const double before = slowest_rate(belief.forecast(at_ms(5'000), {})) / belief.bits_per_second();
  for (int i = 0; i < 10; ++i) feed.send(60'000 + i * 100, 5'000, 5e6);
  const double after = slowest_rate(belief.forecast(at_ms(61'000), {})) / belief.bits_per_second();
  EXPECT_LT(before, 0.6);
  EXPECT_GT(after, 0.65);
}

TEST(LinkBelief, LossesInARowAreOneEvent) {
  LinkBelief belief;
  Feed feed(belief, 40);
  for (int i = 0; i < 50; ++i) feed.send(i * 100, 5'000, 5e6);
  for (int i = 0; i < 75; ++i) {
    const std::int64_t at = 5'000 + 400 * i;
    belief.learn({1'000, 0, 1'600, at_ms(at), at_ms(at + 250), {}, true});
  }
  feed.send(35'000, 5'000, 5e6);
  const auto forecast = belief.forecast(at_ms(35'100), {});
  EXPECT_GT(forecast.cases[4].bits_per_second, 0.5 * belief.bits_per_second());
}

TEST(LinkBelief, WhatNeverLeftSaysNothing) {
  LinkBelief belief;
  Feed feed(belief, 40);
  for (int i = 0; i < 50; ++i) feed.send(i * 100, 10'000, 4e6);
  // One is stuck on the link, and others give way to it in the device.
  const UnderWay stuck[] = {{50, 10'000, at_ms(5'000)}};
  const double rate = belief.forecast(at_ms(5'500), stuck).cases[5].bits_per_second;
  belief.learn({.frame = 51, .bytes = 0, .sent = at_ms(5'100), .acked = at_ms(5'300), .lost = true});
  belief.learn({.frame = 52, .bytes = 0, .sent = at_ms(5'200), .acked = at_ms(5'400), .lost = true});
  EXPECT_EQ(belief.forecast(at_ms(5'500), stuck).cases[5].bits_per_second, rate);
  EXPECT_LT(rate, 2e6);
}

TEST(LinkBelief, WorkThatWasNotDoneTellsOfTheLinkAlone) {
  LinkBelief belief;
  Feed feed(belief, 40);
  for (int i = 0; i < 50; ++i) feed.send(i * 100, 10'000, 4e6);
  const double service = belief.service(), rate = belief.bits_per_second();
  belief.learn(
      {.frame = 50, .bytes = 10'000, .sent = at_ms(5'000), .acked = at_ms(5'240), .service = {}, .undone = true});
  EXPECT_EQ(belief.service(), service);
  EXPECT_LT(belief.bits_per_second(), 0.8 * rate);
}

TEST(LinkBelief, AnUnfinishedTransferBoundsTheRate) {
  LinkBelief belief;
  Feed feed(belief, 40);
  for (int i = 0; i < 50; ++i) feed.send(i * 100, 5'000, 5e6);
  const std::vector<UnderWay> under_way{{50, 5'000, at_ms(5'000)}};
  const auto fresh = belief.forecast(at_ms(5'010), under_way);
  EXPECT_LT(fresh.cases.back().busy, 0.01);
  const auto stalled = belief.forecast(at_ms(7'000), under_way);
  EXPECT_LT(quickest_rate(stalled), 0.5 * quickest_rate(fresh));
  EXPECT_GT(stalled.cases.front().busy, 1);  // as long as it has lasted, at least, with some probability
  const auto longer = belief.forecast(at_ms(25'000), under_way);
  EXPECT_GT(longer.cases.front().busy, stalled.cases.front().busy);
}

TEST(LinkBelief, KnowsAtOnceThatALinkIsBack) {
  LinkBelief belief;
  Feed feed(belief, 40);
  for (int i = 0; i < 50; ++i) feed.send(i * 100, 5'000, 5e6);
  feed.send(5'000, 1'600, 400);  // 32 s
  EXPECT_LT(belief.bits_per_second(), 2e6);
  feed.send(37'500, 1'600, 5e6);
  feed.send(37'900, 1'600, 5e6);
  EXPECT_GT(belief.bits_per_second(), 2.5e6);
}

}  // namespace
}  // namespace weir
