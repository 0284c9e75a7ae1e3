// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <sstream>

#include "kernels/predict/lstm.hpp"
#include "train/proposals/training.hpp"

namespace weir::train {
namespace {

/// A few objects that move by chance, each gone for a frame now and then.
BoxSequence made_up(std::uint64_t seed, int frames = 40) {
  Random random(seed);
  BoxSequence sequence{"s" + std::to_string(seed), {}};
  std::array<float, 4> x{}, speed{};
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = static_cast<float>(random.uniform(100, 900));
    speed[i] = static_cast<float>(random.uniform(-6, 6));
  }
  for (int frame = 0; frame < frames; ++frame) {
    BoxFrame made{frame, 1242, 375, {}};
    for (std::size_t i = 0; i < x.size(); ++i) {
      x[i] += speed[i] + static_cast<float>(random.normal());
      if (random.uniform() < 0.1) continue;
      made.boxes.push_back({{x[i], 150, x[i] + 60, 200}, static_cast<std::int64_t>(i), 1});
    }
    sequence.frames.push_back(made);
  }
  return sequence;
}

class ProposalNets : public testing::TestWithParam<bool> {};

TEST_P(ProposalNets, TheKernelPredictsWhatTheNetDoes) {
  torch::manual_seed(3);
  ProposalNet net({.hidden = 16, .dense = 12, .attention = GetParam(), .dropout = 0.2});
  net.eval();
  const LstmWeights weights = net.weights();
  LstmPredictor predictor(weights);
  const BoxSequence sequence = made_up(1);
  const torch::NoGradGuard no_grad;
  const std::vector<TrackSteps> tracks = track_steps(sequence);
  ASSERT_EQ(tracks.size(), 4U);
  std::vector<TrackBatch> batches;
  std::vector<torch::Tensor> outputs, boxes;
  for (const TrackSteps& track : tracks) {
    const std::array<std::span<const TrackStep>, 1> one{track};
    batches.push_back(make_batch(one));
    outputs.push_back(net.forward(batches.back().features));
    boxes.push_back(net.decode(outputs.back(), batches.back()).first);
  }
  BoxHistory history;
  std::array<std::int64_t, 4> step{};
  for (const BoxFrame& frame : sequence.frames) {
    history.advance(frame.boxes, frame.width, frame.height);
    predictor.observe(history);
    for (const IdentifiedBox& object : frame.boxes) {
      // Tracks are in the order in which objects appear; all may not appear in the first frame.
      std::size_t track = 0;
      while (!(tracks[track].size() > static_cast<std::size_t>(step[track]) &&
               tracks[track][static_cast<std::size_t>(step[track])].box == object.box)) {
        ASSERT_LT(++track, tracks.size());
      }
      const std::size_t place = history.find(object.id);
      const std::int64_t t = step[track]++;
      const Eigen::VectorXf seen = predictor.outputs(place);
      const torch::Tensor wanted = outputs[track][t][0].contiguous();
      for (std::int64_t i = 0; i < wanted.numel(); ++i) {
        ASSERT_NEAR(seen[i], wanted.data_ptr<float>()[i], 1e-4) << "output " << i;
      }
      for (int ahead = 1; ahead <= kFarthestAhead; ++ahead) {
        const Box box = predictor.predict(history, place, ahead).box;
        const torch::Tensor corners = boxes[track][t][0][ahead - 1].contiguous();
        ASSERT_NEAR(box.left / 60, corners.data_ptr<float>()[0] / 60, 1e-4);
        ASSERT_NEAR(box.bottom / 50, corners.data_ptr<float>()[3] / 50, 1e-4);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Attention, ProposalNets, testing::Bool());

TEST(Proposals, LearnsMotionThatSimplePredictorsMiss) {
  std::vector<BoxSequence> sequences;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) sequences.push_back(made_up(seed));
  std::vector<const BoxSequence*> used;
  for (const BoxSequence& sequence : sequences) used.push_back(&sequence);
  ProposalOptions options;
  options.shape = {.hidden = 16, .dense = 16, .attention = false, .dropout = 0};
  options.steps = 150;
  options.tracks = 16;
  options.threads = 1;
  std::ostringstream messages;
  const auto trained = train_proposals(options, used, messages);
  ASSERT_TRUE(trained) << trained.error().text;
  EXPECT_EQ(trained->weights.trained_on.size(), 6U);
  const auto loss = [](LstmPredictor predictor) {
    const HonestScore score = score_honestly(made_up(99), predictor, Identity::truth);
    return score[0].loss / static_cast<double>(score[0].boxes);
  };
  ProposalNet fresh(options.shape);
  EXPECT_LT(loss(LstmPredictor(trained->weights)), 0.8 * loss(LstmPredictor(fresh.weights())));
  const auto again = train_proposals(options, used, messages);
  EXPECT_EQ(format_lstm_weights(again->weights), format_lstm_weights(trained->weights)) << "one seed, one result";
}

TEST(Proposals, MirroringTwiceChangesNothing) {
  const BoxSequence sequence = made_up(5);
  Random random(1);
  const BoxSequence twice = changed_sequence(changed_sequence(sequence, true, 0, random), true, 0, random);
  for (std::size_t i = 0; i < sequence.frames.size(); ++i) {
    for (std::size_t b = 0; b < sequence.frames[i].boxes.size(); ++b) {
      EXPECT_NEAR(twice.frames[i].boxes[b].box.left, sequence.frames[i].boxes[b].box.left, 1e-3);
    }
  }
  EXPECT_TRUE(changed_sequence(sequence, false, 1, random).frames[3].boxes.empty());
}

TEST(Proposals, FactorsPutNinetyNineOfAHundredInside) {
  LstmWeights weights = ProposalNet({}).weights();
  HeldOutErrors errors;
  for (int i = 0; i < 1000; ++i) errors.worst[0].push_back(static_cast<float>(i) / 100);
  errors.squares[0] = 4000;
  errors.sides[0] = 1000;
  set_factors(weights.sigma_factor, weights.margin_factor, errors);
  EXPECT_NEAR(weights.margin_factor[0], 9.9, 0.02);
  EXPECT_NEAR(weights.sigma_factor[0], 2, 1e-5);
  EXPECT_EQ(weights.margin_factor[1], 1) << "nothing known";
}

}  // namespace
}  // namespace weir::train
