// SPDX-License-Identifier: Apache-2.0
#include "transport/dispatch/estimates.hpp"

#include <gtest/gtest.h>

namespace weir {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(ServiceEstimate, FollowsATenfoldChangeInAFewSamples) {
  ServiceEstimate estimate(milliseconds(30));
  EXPECT_FALSE(estimate.known());
  estimate.learn(milliseconds(5), TimePoint(seconds(1)));
  EXPECT_EQ(estimate.mean(), milliseconds(5));
  for (int i = 0; i < 14; ++i) estimate.learn(milliseconds(50), TimePoint(seconds(2)));
  EXPECT_GT(estimate.mean(), milliseconds(40));
  EXPECT_EQ(estimate.learned(), TimePoint(seconds(2)));
}

TEST(ServiceEstimate, AnOutlierMovesItLittle) {
  ServiceEstimate estimate(milliseconds(30));
  for (int i = 0; i < 10; ++i) estimate.learn(milliseconds(5), TimePoint(seconds(1)));
  estimate.learn(seconds(30), TimePoint(seconds(31)));
  EXPECT_LT(estimate.mean(), milliseconds(8));
  EXPECT_LE(estimate.tail(), milliseconds(40));
}

TEST(ServiceEstimate, TailIsTheNinetyNinthPercentileOfTheWindow) {
  ServiceEstimate estimate(milliseconds(30));
  for (int i = 0; i < 127; ++i) estimate.learn(milliseconds(10), TimePoint(seconds(1)));
  estimate.learn(milliseconds(20), TimePoint(seconds(1)));
  EXPECT_EQ(estimate.tail(), milliseconds(10)) << "one of 128";
  estimate.learn(milliseconds(20), TimePoint(seconds(1)));
  EXPECT_EQ(estimate.tail(), milliseconds(20)) << "two of 128";
  for (int i = 0; i < 300; ++i) estimate.learn(milliseconds(10), TimePoint(seconds(1)));
  EXPECT_EQ(estimate.tail(), milliseconds(10)) << "out of the window";
}

TEST(ServiceEstimate, ALowerBoundTeachesOnlyAboveTheMean) {
  ServiceEstimate estimate(milliseconds(30));
  estimate.learn(milliseconds(20), TimePoint(seconds(1)));
  estimate.learn_at_least(milliseconds(10), TimePoint(seconds(1)));
  EXPECT_EQ(estimate.mean(), milliseconds(20));
  estimate.learn_at_least(milliseconds(60), TimePoint(seconds(1)));
  EXPECT_EQ(estimate.mean(), milliseconds(25));
}

TEST(ServiceEstimate, ABoundBeforeTheFirstAnswerMovesWhatIsBelieved) {
  ServiceEstimate estimate(milliseconds(32));
  estimate.learn_at_least(seconds(100), TimePoint(seconds(1)));
  EXPECT_EQ(estimate.mean(), milliseconds(44));
  EXPECT_FALSE(estimate.known());
}

TEST(ServiceEstimate, AnOldMeanIsCorrectedFast) {
  ServiceEstimate estimate(Duration{});
  estimate.learn(milliseconds(100), TimePoint(seconds(1)));
  estimate.learn(milliseconds(20), TimePoint(seconds(1) + milliseconds(200)));
  EXPECT_EQ(estimate.mean(), milliseconds(60));
  estimate.learn(milliseconds(20), TimePoint(seconds(1) + milliseconds(201)));
  EXPECT_EQ(estimate.mean(), milliseconds(55));
}

TEST(RoundTrip, OutliersDoNotMoveTheTypicalOne) {
  RoundTrip trip;
  for (int i = 0; i < 4; ++i) trip.learn(milliseconds(10));
  for (int i = 0; i < 4; ++i) trip.learn(seconds(30));
  EXPECT_EQ(trip.typical(), milliseconds(10));
  EXPECT_EQ(trip.slow(), milliseconds(45)) << "bounded by the typical one";
}

TEST(RoundTrip, FollowsALongerWay) {
  RoundTrip trip;
  for (int i = 0; i < 20; ++i) trip.learn(milliseconds(10));
  for (int i = 0; i < 5; ++i) trip.learn(milliseconds(80));
  EXPECT_EQ(trip.typical(), milliseconds(80));
}

TEST(LinkRate, IsTheRatioOfTimeAndBytes) {
  LinkRate rate;
  EXPECT_EQ(rate.transfer(1'000'000), Duration{}) << "nothing is known";
  for (int i = 0; i < 10; ++i) rate.learn(100'000, milliseconds(80));  // 10 Mbit/s
  EXPECT_EQ(rate.transfer(50'000), milliseconds(40));
  EXPECT_EQ(rate.bytes_in(milliseconds(40)), 50'000u);
  rate.learn(100, seconds(1));
  EXPECT_EQ(rate.transfer(50'000), milliseconds(40)) << "small messages tell nothing";
}

TEST(LinkRate, FollowsATenfoldDropAndForgetsAnOutage) {
  LinkRate rate;
  for (int i = 0; i < 10; ++i) rate.learn(100'000, milliseconds(80));
  rate.learn(100'000, seconds(30));
  EXPECT_LT(rate.transfer(100'000), milliseconds(150));
  for (int i = 0; i < 15; ++i) rate.learn(100'000, milliseconds(800));
  EXPECT_GT(rate.transfer(100'000), milliseconds(700));
}

}  // namespace
}  // namespace weir
