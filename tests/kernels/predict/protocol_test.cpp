// SPDX-License-Identifier: Apache-2.0
// Made-up sequences worked out by hand, and the published figures on the reference data.
#include "kernels/predict/protocol.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "kernels/predict/autoregressive.hpp"
#include "kernels/predict/cross_validation.hpp"
#include "kernels/predict/motion.hpp"
#include "tests/kernels/predict/lstm_samples.hpp"

namespace weir {
namespace {

using testing::HasSubstr;

IdentifiedBox at(std::int64_t id, float x, float y = 100) { return {{x, y, x + 40, y + 40}, id, 1}; }

/// Object 1 moves by 10 a frame, object 2 stands still and is not labelled in frame 3; there is no frame 6.
BoxSequence made_up() {
  BoxSequence sequence{"made up", {}};
  for (std::int64_t i : {0, 1, 2, 3, 4, 5, 7, 8}) {
    BoxFrame frame{i, 1000, 400, {at(1, static_cast<float>(10 * i))}};
    if (i != 3) frame.boxes.push_back(at(2, 600));
    sequence.frames.push_back(frame);
  }
  return sequence;
}

TEST(HonestProtocol, CountsBoxesWithAPastAndAFuture) {
  MotionPredictor copy(0);
  const HonestScore score = score_honestly(made_up(), copy, Identity::truth);
  EXPECT_EQ(score[0].boxes, 4 + 1);  // frames 1 to 4; frame 1 alone
  EXPECT_EQ(score[2].boxes, 4 + 3);  // from frames 1, 2, 4, 5; from 1, 2, 5
  const double one = 1 - 30.0 / 50;  // two boxes of 40 that are 10 apart
  EXPECT_NEAR(score[0].loss, 4 * one, 1e-5);
}

TEST(HonestProtocol, VelocityIsExactWhereThingsMoveEvenly) {
  MotionPredictor velocity(1);
  const HonestScore score = score_honestly(made_up(), velocity, Identity::truth);
  for (const PredictionSums& sums : score) EXPECT_NEAR(sums.loss, 0, 1e-4);
  EXPECT_EQ(score[0].missed, 0);
}

TEST(HonestProtocol, OwnIdentitiesHaveTheSameSamples) {
  MotionPredictor a(1), b(1);
  const HonestScore truth = score_honestly(made_up(), a, Identity::truth);
  const HonestScore own = score_honestly(made_up(), b, Identity::own);
  for (std::size_t i = 0; i < truth.size(); ++i) {
    EXPECT_EQ(own[i].boxes, truth[i].boxes);
    EXPECT_NEAR(own[i].loss, truth[i].loss, 1e-4) << "nothing here can be confused";
  }
}

TEST(HonestProtocol, OwnIdentitiesCostSomethingWhereObjectsAreConfused) {
  BoxSequence sequence{"confusing", {}};
  for (std::int64_t i = 0; i < 6; ++i) {  // each object jumps to where the other one was
    const auto x = static_cast<float>(60 * (i % 2));
    sequence.frames.push_back({i, 1000, 400, {at(1, 100 + x), at(2, 160 - x)}});
  }
  MotionPredictor a(0), b(1);
  EXPECT_GT(score_honestly(sequence, a, Identity::truth)[0].loss, 7.9);
  EXPECT_GT(score_honestly(sequence, b, Identity::own)[0].loss, 7.9) << "its own tracks stand still";
  EXPECT_LT(score_honestly(sequence, b, Identity::own)[1].loss, 1e-4);
}

TEST(HonestProtocol, CutsPredictionsToTheFrame) {
  BoxSequence sequence{"leaving", {}};
  for (std::int64_t i = 0; i < 3; ++i) {
    const auto right = static_cast<float>(60 - 20 * i);
    sequence.frames.push_back({i, 1000, 400, {{{0, 100, right, 140}, 1, 1}}});
    if (i < 2) sequence.frames.back().boxes[0].box = {20 - 20 * static_cast<float>(i), 100, right, 140};
  }
  MotionPredictor a(1), b(1);
  EXPECT_NEAR(score_honestly(sequence, a, Identity::truth, Cut::to_frame)[0].loss, 0, 1e-5);
  EXPECT_NEAR(score_honestly(sequence, b, Identity::truth, Cut::nothing)[0].loss, 0.5, 1e-5);
}

TEST(LeakyProtocol, OverwritesInputsWithTheAnswer) {
  BoxSequence sequence{"fast", {}};
  for (std::int64_t i = 0; i < 5; ++i) {  // 50 of 1000 pixels a frame: beyond the authors' gate
    sequence.frames.push_back({i, 1000, 400, {at(1, static_cast<float>(50 * i))}});
  }
  MotionPredictor copy(0);
  const LeakyScore score = score_leaky(sequence, copy);
  EXPECT_EQ(score.windows, 3);
  EXPECT_EQ(score.overwritten, 3);
  EXPECT_NEAR(score.loss, 0, 1e-6) << "a box that moved by more than its width, known exactly";
}

TEST(CrossValidation, RefusesWeightsThatKnowTheAnswer) {
  std::vector<BoxSequence> sequences(4, made_up());
  for (std::size_t i = 0; i < 4; ++i) sequences[i].name = "000" + std::to_string(i);
  std::vector<LstmWeights> folds(4, test::random_weights(4, 4, 1));
  const auto refused = lstm_candidate(sequences, folds);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text, HasSubstr("weights of fold 1 have learned from sequence 0001"));
  folds[1].trained_on = {"0000", "0002", "0003"};
  EXPECT_TRUE(lstm_candidate(sequences, folds));
}

/// Goes on with centre and logarithms of the size, as the published simple predictors did.
class LogVelocity final : public BoxPredictor {
 public:
  explicit LogVelocity(std::size_t steps) : steps_(steps) {}
  void observe(const BoxHistory&) override {}
  PredictedBox predict(const BoxHistory& history, std::size_t place, int ahead) const override {
    const TrackHistory& track = history.tracks()[place];
    const std::size_t back = std::min(steps_, track.size() - 1);
    if (back == 0) return {track.box()};
    BoxShift shift = shift_between(track.seen(back).box, track.box(), track.box());
    for (float& value : shift) {
      value *=
          static_cast<float>(ahead + track.missed) / static_cast<float>(track.seen(0).frame - track.seen(back).frame);
    }
    return {shifted(track.box(), shift)};
  }

 private:
  std::size_t steps_;
};

TEST(CrossValidation, EqualsThePublishedFigures) {
  const char* set = std::getenv("WEIR_DATA");
  const std::filesystem::path file =
      (set != nullptr ? std::filesystem::path(set) : std::filesystem::path(WEIR_SOURCE_DIR) / "../shared/data") /
      "elf/train_boxes.csv";
  std::ifstream stream(file, std::ios::binary);
  if (!stream) GTEST_SKIP() << "reference data absent: " << file << "; set WEIR_DATA";
  std::ostringstream text;
  text << stream.rdbuf();
  const auto sequences = parse_box_table(text.str()).value();
  ASSERT_EQ(sequences.size(), 14U);
  for (const auto& [steps, published] : {std::pair{1U, 0.1452}, {3U, 0.1564}}) {
    const auto make = [steps = steps](std::size_t) { return std::make_unique<LogVelocity>(steps); };
    const PredictionSums sums = cross_validate(sequences, {"log", make}, Identity::truth)[0];
    EXPECT_NEAR(sums.loss / static_cast<double>(sums.boxes), published, 2e-4) << steps;
  }
  for (const Candidate& candidate : simple_candidates(sequences, 4)) {
    const HonestScore score = cross_validate(sequences, candidate, Identity::truth);
    EXPECT_EQ(score[0].boxes, 16684);
    EXPECT_EQ(score[2].boxes, 15727);
    EXPECT_EQ(score[4].boxes, 14800);
    const auto loss = [&score](std::size_t a) { return score[a].loss / static_cast<double>(score[a].boxes); };
    if (candidate.name == "copy") {
      EXPECT_NEAR(loss(0), 0.2964, 5e-5);
      EXPECT_NEAR(loss(2), 0.5577, 5e-5);
      EXPECT_NEAR(loss(4), 0.6821, 5e-5);
    } else if (candidate.name == "autoregressive_5") {  // the fit is our own, so it may be better
      EXPECT_LT(loss(0), 0.1392);
      EXPECT_LT(loss(2), 0.3083);
      EXPECT_LT(loss(4), 0.4367);
    }
  }
}

}  // namespace
}  // namespace weir
