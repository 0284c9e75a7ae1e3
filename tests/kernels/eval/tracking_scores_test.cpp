// SPDX-License-Identifier: Apache-2.0
#include "kernels/eval/tracking_scores.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/kernels/eval/eval_samples.hpp"

namespace weir {
namespace {

using samples::label;
using samples::result;
using testing::HasSubstr;

// One car over `frames` frames; frame i is answered by track `ids[i]`, or not at all where that is 0.
Sequence one_car(const std::vector<std::int64_t>& ids) {
  Sequence sequence{"0007", {}};
  for (std::size_t i = 0; i < ids.size(); ++i) {
    EvalFrame frame{static_cast<std::int64_t>(i), {label("Car", 0, 5)}, {}};
    if (ids[i] != 0) frame.results.push_back(result("Car", 0, 0.9, ids[i]));
    sequence.frames.push_back(frame);
  }
  return sequence;
}

TrackingScores score(const Sequence& sequence, std::string_view type = "Car") {
  const Result<TrackingReport> report = evaluate_tracking(std::span(&sequence, 1), type);
  EXPECT_TRUE(report) << report.error().text;
  return report ? report->combined : TrackingScores{};
}

TEST(TrackingScores, PerfectTrackIsHundred) {
  const TrackingScores scores = score(one_car({3, 3, 3, 3}), "car");
  EXPECT_NEAR(scores.hota.hota(), 100, 1e-9);
  EXPECT_NEAR(scores.hota.loc_a(), 100, 1e-9);
  EXPECT_NEAR(scores.clear.mota(), 100, 1e-9);
  EXPECT_NEAR(scores.clear.motp(), 100, 1e-9);
  EXPECT_NEAR(scores.identity.idf1(), 100, 1e-9);
  EXPECT_EQ(scores.clear.mostly_tracked, 1U);
}

TEST(TrackingScores, AChangeOfIdentityHalfWay) {
  const TrackingScores scores = score(one_car({1, 1, 1, 1, 1, 2, 2, 2, 2, 2}));
  EXPECT_EQ(scores.clear.switches, 1U);
  EXPECT_NEAR(scores.clear.mota(), 90, 1e-9);
  EXPECT_NEAR(scores.identity.idf1(), 50, 1e-9);
  EXPECT_NEAR(scores.hota.det_a(), 100, 1e-9);
  EXPECT_NEAR(scores.hota.ass_a(), 50, 1e-9);  // each hit: 5 together of 10 + 5 - 5 boxes
  EXPECT_NEAR(scores.hota.hota(), 100 * std::sqrt(0.5), 1e-9);
}

TEST(TrackingScores, AGapIsAMissAndAFragment) {
  const TrackingScores scores = score(one_car({1, 1, 0, 1, 1}));
  EXPECT_EQ(scores.clear.misses, 1U);
  EXPECT_EQ(scores.clear.switches, 0U);
  EXPECT_EQ(scores.clear.partly_tracked, 1U);  // 80 %, and mostly tracked is above that
  EXPECT_NEAR(scores.clear.mota(), 80, 1e-9);
  EXPECT_NEAR(scores.identity.idf1(), 100.0 * 8 / 9, 1e-9);
  EXPECT_NEAR(scores.hota.hota(), 80, 1e-9);  // detection 4/5, association 4/5
}

TEST(TrackingScores, FragmentsAreCountedInFramesThatHaveResults) {
  Sequence sequence = one_car({1, 0, 1});
  sequence.frames[1].results.push_back(result("Car", 500, 0.9, 9));
  EXPECT_EQ(score(sequence).clear.fragments, 1U);
  EXPECT_EQ(score(sequence).clear.false_alarms, 1U);
  EXPECT_EQ(score(sequence).clear.switches, 0U);
}

TEST(TrackingScores, OverlapDecidesFromWhichThresholdOnABoxIsHit) {
  Sequence sequence = one_car({1, 1});
  for (EvalFrame& frame : sequence.frames) frame.results[0].box.right = 62;  // overlap 0.62: 12 of 19 thresholds
  const TrackingScores scores = score(sequence);
  EXPECT_NEAR(scores.hota.hota(), 100.0 * 12 / 19, 1e-4);
  EXPECT_NEAR(scores.hota.loc_a(), (12 * 62.0 + 7 * 100.0) / 19, 1e-4);
  EXPECT_NEAR(scores.clear.motp(), 62, 1e-4);
  EXPECT_EQ(scores.identity.hits, 2U);
  for (EvalFrame& frame : sequence.frames) frame.results[0].box.right = 49;
  EXPECT_EQ(score(sequence).clear.hits, 0U);
  EXPECT_EQ(score(sequence).identity.hits, 0U);
}

TEST(TrackingScores, PairsOfTheFrameBeforeAreKept) {
  Sequence sequence = one_car({1, 1, 1});
  for (EvalFrame& frame : sequence.frames) {
    frame.results[0].box.right = 80;                                         // overlap 0.8
    if (frame.frame > 0) frame.results.push_back(result("Car", 0, 0.9, 2));  // overlap 1
  }
  EXPECT_EQ(score(sequence).clear.switches, 0U);
  EXPECT_EQ(score(sequence).clear.false_alarms, 2U);
}

TEST(TrackingScores, DistractorsAreTakenOutWithTheirResults) {
  struct Case {
    const char* scored;
    TruthBox distractor;
  };
  TruthBox truncated = label("Car", 300, 8), occluded = label("Car", 300, 8);
  truncated.truncated = 1;
  occluded.occluded = 3;
  for (const Case& c :
       {Case{"Car", label("Van", 300, 8)}, Case{"Car", truncated}, Case{"Car", occluded},
        Case{"Pedestrian", label("Person", 300, 8)}, Case{"Pedestrian", label("Person_sitting", 300, 8)}}) {
    Sequence sequence{"s", {{0, {c.distractor}, {result(c.scored, 300, 0.9, 4)}}}};
    const TrackingScores scores = score(sequence, c.scored);
    EXPECT_EQ(scores.clear.hits + scores.clear.misses + scores.clear.false_alarms, 0U) << c.distractor.type;
    sequence.frames[0].results[0].box.left = 360;  // too little overlap to be the distractor's
    EXPECT_EQ(score(sequence, c.scored).clear.false_alarms, 1U) << c.distractor.type;
  }
}

TEST(TrackingScores, SmallResultsAndThoseInDontCareAreasAreTakenOut) {
  Sequence sequence{"s", {{0, {{{0, 0, 55, 100}, "DontCare", -1, -1, -1}}, {result("Car", 0, 0.9, 4)}}}};
  EXPECT_EQ(score(sequence).clear.false_alarms, 0U);
  sequence.frames[0].truth[0].box.right = 50;  // holds half of the box, not more
  EXPECT_EQ(score(sequence).clear.false_alarms, 1U);
  sequence.frames[0].results[0].box.bottom = 25;
  EXPECT_EQ(score(sequence).clear.false_alarms, 0U);
}

TEST(TrackingScores, OtherTypesAndBoxesWithoutTrackAreNotSeen) {
  const Sequence sequence{
      "s", {{0, {label("Truck", 0, 2), label("Car", 0, -1)}, {result("Cyclist", 0, 1, 2), result("Car", 0, 1, -1)}}}};
  const TrackingScores scores = score(sequence);
  EXPECT_EQ(scores.clear.hits + scores.clear.misses + scores.clear.false_alarms, 0U);
  EXPECT_EQ(scores.clear.mota(), 0);
  EXPECT_EQ(scores.hota.hota(), 0);
}

TEST(TrackingScores, CombinedComesFromTheCounts) {
  const std::vector<Sequence> sequences{one_car({1, 1, 1, 1, 1, 1}), one_car({0, 0})};
  const Result<TrackingReport> report = evaluate_tracking(sequences, "Car");
  ASSERT_TRUE(report);
  ASSERT_EQ(report->per_sequence.size(), 2U);
  EXPECT_NEAR(report->per_sequence[0].clear.mota(), 100, 1e-9);
  EXPECT_NEAR(report->per_sequence[1].clear.mota(), 0, 1e-9);
  EXPECT_EQ(report->per_sequence[1].clear.mostly_lost, 1U);
  EXPECT_NEAR(report->per_sequence[1].hota.loc_a(), 100, 1e-9);
  EXPECT_NEAR(report->combined.clear.mota(), 75, 1e-9);
  EXPECT_NEAR(report->combined.hota.hota(), 100 * std::sqrt(0.75), 1e-9);
  EXPECT_NEAR(report->combined.identity.idf1(), 100.0 * 12 / 14, 1e-9);
}

TEST(TrackingScores, TwoBoxesOfOneTrackInAFrameAreRefused) {
  Sequence sequence = one_car({1, 1});
  sequence.frames[1].results.push_back(result("Car", 400, 0.8, 1));
  const Result<TrackingReport> report = evaluate_tracking(std::span(&sequence, 1), "Car");
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Code::corrupt);
  EXPECT_THAT(report.error().text, HasSubstr("\"0007\", frame 1"));
  EXPECT_THAT(report.error().text, HasSubstr("results"));
}

}  // namespace
}  // namespace weir
