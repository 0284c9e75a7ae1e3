// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/predict/autoregressive.hpp"
#include "kernels/predict/fixed_margins.hpp"
#include "kernels/predict/motion.hpp"

namespace weir {
namespace {

constexpr int kWidth = 1242, kHeight = 375;

/// A history of one object, number 1, whose left side is in the places given; NaN: not seen.
BoxHistory history_of(std::initializer_list<float> lefts) {
  BoxHistory history;
  for (const float left : lefts) {
    const IdentifiedBox frame[] = {{{left, 100, left + 50, 140}, 1, 1}};
    history.advance(frame, kWidth, kHeight);
  }
  return history;
}

float left_of(const BoxPredictor& predictor, const BoxHistory& history, int ahead) {
  return predictor.predict(history, history.find(1), ahead).box.left;
}

TEST(Motion, CopiesAndGoesOn) {
  const BoxHistory history = history_of({100, 104, 110, 120});
  EXPECT_FLOAT_EQ(left_of(MotionPredictor(0), history, 5), 120);
  EXPECT_FLOAT_EQ(left_of(MotionPredictor(1), history, 2), 140);
  EXPECT_FLOAT_EQ(left_of(MotionPredictor(2), history, 1), 128);
  EXPECT_FLOAT_EQ(left_of(MotionPredictor(3), history, 3), 140);
  EXPECT_FLOAT_EQ(left_of(MotionPredictor(7), history, 3), 140) << "a young track";
  EXPECT_FLOAT_EQ(left_of(MotionPredictor(3), history_of({100}), 3), 100) << "one box";
}

TEST(Motion, CountsFramesWithoutTheObject) {
  const float nan = std::nanf("");
  EXPECT_FLOAT_EQ(left_of(MotionPredictor(1), history_of({100, nan, 110}), 1), 115);
  EXPECT_FLOAT_EQ(left_of(MotionPredictor(1), history_of({100, 105, nan, nan}), 1), 120);
}

TEST(Motion, KeepsBoxesInTheFrame) {
  EXPECT_EQ(inside_frame({-20, -5, 10, 400}, 1242, 375), (Box{0, 0, 10, 375}));
  EXPECT_EQ(inside_frame({-50, 10, -20, 20}, 1242, 375), (Box{0, 10, 1, 20}));
  EXPECT_EQ(inside_frame({1300, 10, 1400, 20}, 1242, 375), (Box{1241, 10, 1242, 20}));
}

TEST(Autoregressive, ShiftsAreTheirOwnInverse) {
  const Box from{10, 20, 60, 100}, to{15, 18, 75, 110};
  const Box back = shifted(from, shift_between(from, to, from));
  EXPECT_NEAR(back.left, to.left, 1e-4);
  EXPECT_NEAR(back.top, to.top, 1e-4);
  EXPECT_NEAR(back.right, to.right, 1e-4);
  EXPECT_NEAR(back.bottom, to.bottom, 1e-4);
}

/// Two objects of constant size whose change in x halves with each frame.
BoxSequence slowing() {
  BoxSequence sequence{"slowing", {}};
  float left = 100, change = 32;
  for (int i = 0; i < 12; ++i) {
    sequence.frames.push_back(
        {i, kWidth, kHeight, {{{left, 100, left + 50, 140}, 1, 1}, {{900 - left, 200, 950 - left, 240}, 2, 1}}});
    left += change;
    change /= 2;
  }
  return sequence;
}

TEST(Autoregressive, LearnsARule) {
  const BoxSequence sequence = slowing();
  std::vector<BoxSequence> many(40, sequence);
  std::vector<const BoxSequence*> sequences;
  for (const BoxSequence& one : many) sequences.push_back(&one);
  const AutoregressivePredictor predictor(fit_autoregressive(sequences));
  EXPECT_NEAR(left_of(predictor, history_of({100, 132, 148}), 1), 156, 0.5);
  EXPECT_NEAR(left_of(predictor, history_of({100, 132, 148}), 3), 148 + 14, 0.5);
  EXPECT_FLOAT_EQ(left_of(predictor, history_of({100}), 3), 100);
}

TEST(Autoregressive, WithoutExamplesItGoesOnAsItWent) {
  const AutoregressivePredictor predictor(fit_autoregressive({}));
  EXPECT_NEAR(left_of(predictor, history_of({100, 104, 110}), 2), 122, 1e-3);
}

TEST(Autoregressive, WeightsComeBackAsTheyWere) {
  AutoregressiveWeights weights = fit_autoregressive({});
  weights.rows[2][3][1][0] = 7;
  const std::vector<std::string> names{"0001"};
  const std::string bytes = format_autoregressive_weights(weights, names);
  const auto again = parse_autoregressive_weights(bytes);
  ASSERT_TRUE(again) << again.error().text;
  EXPECT_EQ(again->rows, weights.rows);
  EXPECT_FALSE(parse_autoregressive_weights(bytes.substr(0, bytes.size() - 1)));
  EXPECT_FALSE(parse_autoregressive_weights("weir-proposals-lstm 1\n"));
}

TEST(FixedMargins, GrowWithTheDistanceFromTheLastBox) {
  FixedMargins margins;
  for (std::size_t i = 0; i < margins.margin.size(); ++i) margins.margin[i] = 0.1F * static_cast<float>(i + 1);
  margins.sigma.fill(0.5F);
  const PredictorWithMargins predictor(std::make_unique<MotionPredictor>(1), margins);
  BoxHistory history = history_of({100, 110});
  PredictedBox p = predictor.predict(history, history.find(1), 2);
  EXPECT_FLOAT_EQ(p.box.left, 130);
  EXPECT_FLOAT_EQ(p.margin[0], 10) << "0.2 of the width, 50";
  EXPECT_FLOAT_EQ(p.margin[1], 8) << "0.2 of the height, 40";
  EXPECT_FLOAT_EQ(p.sigma[2], 25);
  history.skip(3);
  p = predictor.predict(history, history.find(1), 7);
  EXPECT_FLOAT_EQ(p.margin[2], 50) << "ten frames: twice those of five";
}

}  // namespace
}  // namespace weir
