// SPDX-License-Identifier: Apache-2.0
#include "kernels/eval/object_ap.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/kernels/eval/eval_samples.hpp"

namespace weir {
namespace {

using samples::label;
using samples::result;

// `count` frames, each with one car that is found exactly; scores fall from frame to frame.
std::vector<EvalFrame> found_cars(int count) {
  std::vector<EvalFrame> frames;
  for (int i = 0; i < count; ++i) frames.push_back({i, {label("Car", 0)}, {result("Car", 0, 1.0 - 0.001 * i)}});
  return frames;
}

ApScore moderate(const std::vector<EvalFrame>& frames, const ObjectApOptions& options = {}) {
  return object_ap(frames, options).at(Difficulty::moderate);
}

TEST(ObjectAp, AllFoundIsHundred) {
  const ApScore score = moderate(found_cars(41));
  EXPECT_EQ(score.truth, 41U);
  EXPECT_NEAR(score.r40, 100, 1e-9);
  EXPECT_NEAR(score.r11, 100, 1e-9);
  EXPECT_NEAR(score.interpolated, 100, 1e-9);
}

TEST(ObjectAp, TheKitTakesOneSampleForEachObject) {
  const ApScore score = moderate(found_cars(10));  // samples 0 to 9
  EXPECT_NEAR(score.r40, 100.0 * 9 / 40, 1e-9);
  EXPECT_NEAR(score.r11, 100.0 * 3 / 11, 1e-9);
  EXPECT_NEAR(score.interpolated, 100, 1e-9);
}

TEST(ObjectAp, HalfFoundGivesHalfTheSamples) {
  std::vector<EvalFrame> frames = found_cars(100);
  for (std::size_t i = 50; i < 100; ++i) frames[i].results.clear();
  EXPECT_NEAR(moderate(frames).interpolated, 50, 1e-9);
  EXPECT_NEAR(moderate(frames).r40, 50, 2.6);
}

TEST(ObjectAp, FalseAlarmsLowerPrecision) {
  std::vector<EvalFrame> frames = found_cars(41);
  frames[0].results.push_back(result("Car", 500, 2.0));  // surer than every hit
  // Precision after k hits is k / (k + 1); the best at any later sample is 41 / 42.
  EXPECT_NEAR(moderate(frames).r40, 100.0 * 41 / 42, 1e-9);
  for (EvalFrame& frame : frames) frame.results.push_back(result("Car", 900, 3.0));
  EXPECT_NEAR(moderate(frames).r40, 100.0 * 41 / 83, 1e-9);
}

TEST(ObjectAp, LowResultsAreWorthWhatTheOptionSays) {
  // A car of 26 pixels that is found with a box of 24, and a low false alarm in each of the others' frames.
  std::vector<EvalFrame> frames = found_cars(40);
  frames.push_back({40, {label("Car", 0)}, {result("Car", 0, 0.5)}});
  frames.back().truth[0].box.bottom = frames.back().truth[0].box.top + 26;
  frames.back().results[0].box.bottom = frames.back().results[0].box.top + 24;
  const auto with = [&](LowResults low) {
    return moderate(frames, {.type = "Car", .min_iou = 0.5, .low_results = low}).interpolated;
  };
  EXPECT_LT(with(LowResults::neutral), 98) << "the car is missed";
  EXPECT_NEAR(with(LowResults::spared), 100, 1e-9);
  EXPECT_NEAR(with(LowResults::counted), 100, 1e-9);
  for (std::size_t i = 0; i < 40; ++i) {
    frames[i].results.push_back(result("Car", 600, 2.0));
    frames[i].results.back().box.bottom = frames[i].results.back().box.top + 20;
  }
  EXPECT_NEAR(with(LowResults::spared), 100, 1e-9);
  EXPECT_LT(with(LowResults::counted), 60);
}

TEST(ObjectAp, NeutralObjectsCostNothingFoundOrMissed) {
  std::vector<EvalFrame> frames = found_cars(41);
  frames[0].truth.push_back(label("Van", 300));  // missed
  frames[1].truth.push_back(label("van", 300));  // found
  frames[1].results.push_back(result("Car", 300, 2.0));
  frames[2].truth.push_back(label("Truck", 300));  // missed, of another type
  EXPECT_NEAR(moderate(frames).r40, 100, 1e-9);
  frames[2].results.push_back(result("Car", 300, 2.0));  // a truck is no car
  EXPECT_LT(moderate(frames).r40, 99);
}

TEST(ObjectAp, DontCareAreasSwallowFalseAlarms) {
  std::vector<EvalFrame> frames = found_cars(41);
  frames[0].results.push_back(result("Car", 300, 2.0));
  EXPECT_LT(moderate(frames).r40, 99);
  frames[0].truth.push_back({{325, 0, 1000, 300}, "DontCare", -1, -1, -1});  // holds 0.75 of the false alarm
  EXPECT_NEAR(moderate(frames).r40, 100, 1e-9);
  frames[0].truth.back().box.left = 335;  // 0.65, below the overlap asked for
  EXPECT_LT(moderate(frames).r40, 99);
}

TEST(ObjectAp, LowResultsAreNoFalseAlarms) {
  std::vector<EvalFrame> frames = found_cars(41);
  frames[0].results.push_back({{300, 0, 350, 24.9F}, "Car", 2.0, 1});
  EXPECT_NEAR(moderate(frames).r40, 100, 1e-9);
  frames[0].results.back().box.bottom = 25;
  EXPECT_LT(moderate(frames).r40, 99);
}

TEST(ObjectAp, DifficultyCountsByHeightOcclusionAndTruncation) {
  std::vector<EvalFrame> frames(1);
  frames[0].truth = {label("Car", 0), label("Car", 0), label("Car", 0), label("Car", 0), label("Car", 0)};
  frames[0].truth[1].box.bottom = 40;  // not more than 40
  frames[0].truth[2].occluded = 2;
  frames[0].truth[3].truncated = 0.3F;
  frames[0].truth[4].box.bottom = 25;
  const ObjectApResult scores = object_ap(frames, {});
  EXPECT_EQ(scores.at(Difficulty::easy).truth, 1U);
  EXPECT_EQ(scores.at(Difficulty::hard).truth, 4U);
  EXPECT_EQ(scores.at(Difficulty::moderate).truth, 2U) << "0.3F is more than 0.3, as in the development kit's doubles";
}

TEST(ObjectAp, LeastOverlapIsAParameter) {
  std::vector<EvalFrame> frames = found_cars(41);
  for (EvalFrame& frame : frames) frame.results[0].box.right = 60;  // overlap 0.6
  EXPECT_EQ(moderate(frames).r40, 0);
  EXPECT_NEAR(moderate(frames, {"car", 0.5}).r40, 100, 1e-9);
  EXPECT_EQ(moderate(frames, {"car", 0.6001}).r40, 0);
  EXPECT_EQ(default_min_iou("Pedestrian"), 0.5);
}

TEST(ObjectAp, AResultIsPairedOnce) {
  std::vector<EvalFrame> frames = found_cars(41);
  for (EvalFrame& frame : frames) frame.results.push_back(result("Car", 0, 0.5));  // doubles, below all hits
  EXPECT_NEAR(moderate(frames).r40, 100, 1e-9);
  for (EvalFrame& frame : frames) frame.results.push_back(result("Car", 0, 0.9995));
  EXPECT_LT(moderate(frames).r40, 99);
}

TEST(ObjectAp, AResultFindsOneObjectOnly) {
  std::vector<EvalFrame> frames = found_cars(40);
  for (EvalFrame& frame : frames) frame.truth.push_back(label("Car", 0));
  EXPECT_NEAR(moderate(frames).interpolated, 50, 1e-9);
}

TEST(ObjectAp, WithoutTruthOrResults) {
  EXPECT_EQ(moderate({}).truth, 0U);
  EXPECT_EQ(moderate({{0, {}, {result("Car", 0, 1)}}}).r40, 0);
  const ApScore missed = moderate({{0, {label("Car", 0)}, {}}});
  EXPECT_EQ(missed.truth, 1U);
  EXPECT_EQ(missed.interpolated, 0);
}

}  // namespace
}  // namespace weir
