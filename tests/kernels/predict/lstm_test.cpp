// SPDX-License-Identifier: Apache-2.0
// Against a plain loop over numbers; tests/train/proposals compares with libtorch.
#include "kernels/predict/lstm.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/kernels/predict/lstm_samples.hpp"
#include "tests/support/allocation_count.hpp"

namespace weir {
namespace {

using test::random_weights;
using testing::HasSubstr;

std::vector<IdentifiedBox> objects(Random& random, std::int64_t first, std::int64_t count) {
  std::vector<IdentifiedBox> boxes;
  for (std::int64_t id = first; id < first + count; ++id) {
    const auto x = static_cast<float>(40 * (id % 30) + random.uniform(0, 9)),
               y = static_cast<float>(random.uniform(90, 99));
    boxes.push_back({{x, y, x + 30, y + 25}, id, 1 + static_cast<std::int32_t>(id % 2)});
  }
  return boxes;
}

float sigmoid(float x) { return 1 / (1 + std::exp(-x)); }

/// One step for one object, written out.
Eigen::VectorXf plain_step(const LstmWeights& w, const BoxFeatures& x, Eigen::VectorXf& h, Eigen::VectorXf& c) {
  const Eigen::Index units = h.size();
  const Eigen::VectorXf gates =
      w.input * Eigen::Map<const Eigen::VectorXf>(x.data(), x.size()) + w.recurrent * h + w.gate_bias;
  for (Eigen::Index i = 0; i < units; ++i) {
    c[i] = sigmoid(gates[units + i]) * c[i] + sigmoid(gates[i]) * std::tanh(gates[2 * units + i]);
    h[i] = sigmoid(gates[3 * units + i]) * std::tanh(c[i]);
  }
  const Eigen::VectorXf dense = (w.dense * h + w.dense_bias).cwiseMax(0.F);
  return w.output * dense + w.output_bias;
}

TEST(LstmPredictor, EqualsThePlainLoopForEachObject) {
  const LstmWeights weights = random_weights(12, 7, 1);
  LstmPredictor predictor(weights);
  BoxHistory history;
  FeatureBuilder builder;
  Random random(2);
  Eigen::VectorXf h = Eigen::VectorXf::Zero(12), c = h, outputs;
  for (int frame = 0; frame < 12; ++frame) {
    auto boxes = objects(random, frame < 6 ? 1 : 0, frame % 4 == 3 ? 3 : 6);  // object 5 is missing now and then
    history.advance(boxes, 1242, 375);
    predictor.observe(history);
    const std::size_t place = history.find(5);
    if (place == BoxHistory::kNone) continue;
    if (history.tracks()[place].missed == 0) outputs = plain_step(weights, builder.build(history)[place], h, c);
    ASSERT_LT((predictor.outputs(place) - outputs).cwiseAbs().maxCoeff(), 1e-5F) << "frame " << frame;
  }
}

TEST(LstmPredictor, WidensWithTheDistanceAndFollowsTheBox) {
  LstmWeights weights = random_weights(8, 8, 3);
  weights.output.setZero();
  weights.output_bias.setZero();
  weights.keep.setOnes();
  LstmPredictor predictor(weights);
  BoxHistory history;
  for (const float x : {100.F, 105.F}) {
    const IdentifiedBox frame[] = {{{x, 50, x + 50, 90}, 1, 1}};
    history.advance(frame, 1242, 375);
    predictor.observe(history);
  }
  const PredictedBox p = predictor.predict(history, history.find(1), 2);
  EXPECT_NEAR(p.box.left, 115, 1e-3) << "all of the last velocity, nothing else";
  EXPECT_NEAR(p.sigma[0], 25, 1e-3);  // scale 1 x factor 0.5 x width
  EXPECT_NEAR(p.margin[1], 80, 1e-3);
  EXPECT_NEAR(widened(p).top, 50 - 80, 1e-3);
  history.skip(2);
  EXPECT_NEAR(predictor.predict(history, history.find(1), 5).box.left, 140, 1e-3) << "7 frames from the last box";
}

TEST(LstmPredictor, ForgetsAnObjectWhosePlaceIsTakenByAnother) {
  LstmPredictor used(random_weights(8, 8, 4)), fresh(random_weights(8, 8, 4));
  BoxHistory old_history, new_history;
  Random random(5);
  for (int frame = 0; frame < 5; ++frame) {
    old_history.advance(objects(random, 0, 4), 1242, 375);
    used.observe(old_history);
  }
  old_history.reset();
  for (int frame = 0; frame < 3; ++frame) {
    const auto boxes = objects(random, 50, 3);
    old_history.advance(boxes, 1242, 375);
    new_history.advance(boxes, 1242, 375);
    used.observe(old_history);
    fresh.observe(new_history);
  }
  const Box a = used.predict(old_history, old_history.find(51), 3).box;
  EXPECT_EQ(a, fresh.predict(new_history, new_history.find(51), 3).box);
}

TEST(LstmPredictor, AllocatesNothingOnceAllPlacesAreKnown) {
  LstmPredictor predictor(random_weights(48, 48, 6));
  BoxHistory history;
  Random random(7);
  const auto boxes = objects(random, 0, 64);
  for (int frame = 0; frame < 3; ++frame) {
    history.advance(boxes, 1242, 375);
    predictor.observe(history);
  }
  const std::size_t before = test::allocation_count();
  history.advance(boxes, 1242, 375);
  predictor.observe(history);
  (void)predictor.predict(history, 5, 3);
  EXPECT_EQ(test::allocation_count(), before);
}

TEST(LstmWeights, ComeBackAsTheyWere) {
  const LstmWeights weights = random_weights(5, 9, 8);
  const std::string bytes = format_lstm_weights(weights);
  const LstmWeights back = parse_lstm_weights(bytes).value();
  EXPECT_EQ(format_lstm_weights(back), bytes);
  EXPECT_EQ(back.trained_on, weights.trained_on);
  EXPECT_EQ(back.recurrent, weights.recurrent);
}

TEST(LstmWeights, BrokenFilesAreRefusedWithAReason) {
  const std::string bytes = format_lstm_weights(random_weights(5, 9, 8));
  const auto error_of = [](const std::string& text) {
    const auto parsed = parse_lstm_weights(text);
    return parsed ? std::string("no error") : parsed.error().text;
  };
  EXPECT_THAT(error_of(""), HasSubstr("it begins with \"\""));
  EXPECT_THAT(error_of("\x89PNG"), HasSubstr("wanted \"weir-proposals-lstm 1\""));
  EXPECT_THAT(error_of(bytes.substr(0, bytes.size() - 1)), HasSubstr("bytes of numbers, wanted"));
  EXPECT_THAT(error_of(bytes + "x"), HasSubstr("bytes of numbers, wanted"));
  std::string huge = bytes;
  huge.replace(huge.find("input 20"), 8, "input 99999999999999");
  EXPECT_THAT(error_of(huge), HasSubstr("where input with its rows"));
  std::string other = bytes;
  other.replace(other.find("input 20"), 8, "input 24");
  EXPECT_THAT(error_of(other), HasSubstr("do not fit each other"));
  std::string broken = bytes;
  broken.replace(broken.size() - 4, 4, std::string("\x00\x00\xC0\x7F", 4));
  EXPECT_THAT(error_of(broken), HasSubstr("not finite"));
  Random random(9);
  for (int i = 0; i < 2000; ++i) {  // no input makes it crash
    std::string noise = bytes.substr(0, random.below(bytes.size()));
    for (int k = 0; k < 5 && !noise.empty(); ++k)
      noise[random.below(noise.size())] = static_cast<char>(random.below(256));
    (void)parse_lstm_weights(noise);
  }
}

}  // namespace
}  // namespace weir
