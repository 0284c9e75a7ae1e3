// SPDX-License-Identifier: Apache-2.0
// The layers themselves are compared with libtorch in tests/train/proposals.
#include "kernels/predict/elf.hpp"

#include <gtest/gtest.h>

#include "kernels/base/random.hpp"
#include "kernels/predict/learned.hpp"
#include "kernels/predict/lstm.hpp"
#include "tests/kernels/predict/lstm_samples.hpp"
#include "tests/support/allocation_count.hpp"

namespace weir {
namespace {

template <typename Matrix>
void fill(Matrix& matrix, Eigen::Index rows, Eigen::Index columns, Random& random) {
  matrix.resize(rows, columns);
  for (Eigen::Index i = 0; i < matrix.size(); ++i) matrix.data()[i] = static_cast<float>(0.3 * random.normal());
}

void fill(ElfLayer& layer, Eigen::Index inputs, Eigen::Index units, Random& random) {
  fill(layer.input, 4 * units, inputs, random);
  fill(layer.recurrent, 4 * units, units, random);
  fill(layer.bias, 4 * units, 1, random);
}

void finish(ElfWeights& weights, Eigen::Index inputs, Random& random) {
  fill(weights.output, 4, inputs, random);
  fill(weights.output_bias, 4, 1, random);
  weights.sigma_factor = Eigen::VectorXf::LinSpaced(kFarthestAhead, 0.1F, 0.5F);
  weights.margin_factor = Eigen::VectorXf::LinSpaced(kFarthestAhead, 0.2F, 1.F);
  weights.trained_on = {"0003"};
}

ElfLstmWeights lstm_by_chance(std::uint64_t seed) {
  Random random(seed);
  ElfLstmWeights weights;
  fill(weights.first, 4, 16, random);
  fill(weights.second, 16, 16, random);
  finish(weights, 16, random);
  return weights;
}

ElfAttentionWeights attention_by_chance(std::uint64_t seed) {
  Random random(seed);
  ElfAttentionWeights weights;
  fill(weights.encoder, 4, 8, random);
  fill(weights.decoder, 4, 8, random);
  fill(weights.match, 8, 24, random);
  fill(weights.match_bias, 8, 1, random);
  fill(weights.score, 1, 8, random);
  fill(weights.score_bias, 1, 1, random);
  fill(weights.join, 4, 12, random);
  fill(weights.join_bias, 4, 1, random);
  finish(weights, 16, random);
  return weights;
}

BoxHistory two_boxes() {
  BoxHistory history;
  for (const float left : {100.F, 110.F}) {
    const IdentifiedBox frame[] = {{{left, 100, left + 50, 140}, 1, 1}};
    history.advance(frame, 1000, 400);
  }
  return history;
}

TEST(ElfPredictor, SaysWhatItsNetworkSaysInUnitsOfTheFrame) {
  ElfLstmWeights weights = lstm_by_chance(1);
  weights.output.setZero();
  weights.output_bias << -1, 0, 1, 2;  // wherever the box was
  const ElfPredictor<ElfLstmWeights> predictor(weights);
  const BoxHistory history = two_boxes();
  const PredictedBox p = predictor.predict(history, history.find(1), 1);
  EXPECT_NEAR(p.box.left, 1000 * 0.26894, 0.01);
  EXPECT_NEAR(p.box.top, 400 * 0.5, 0.01);
  EXPECT_NEAR(p.box.right, 1000 * 0.73106, 0.01);
  EXPECT_NEAR(p.box.bottom, 400 * 0.88080, 0.01);
  EXPECT_NEAR(p.margin[0], 0.2 * 50, 1e-3);
  EXPECT_NEAR(p.sigma[3], 0.1 * 40, 1e-3);
  EXPECT_NEAR(predictor.predict(history, history.find(1), 10).margin[0], 2 * 50, 1e-3);
}

TEST(ElfPredictor, PutsItsAnswerInAgain) {
  const ElfAttentionWeights weights = attention_by_chance(2);
  const BoxHistory history = two_boxes();
  const ElfBox before(0.1F, 0.25F, 0.15F, 0.35F), now(0.11F, 0.25F, 0.16F, 0.35F);
  const ElfBox first = elf_next(weights, before, now), second = elf_next(weights, now, first);
  const ElfPredictor<ElfAttentionWeights> predictor(weights);
  const Box box = predictor.predict(history, history.find(1), 2).box;
  EXPECT_NEAR(box.left, 1000 * std::min(second[0], second[2]), 0.01);
  EXPECT_NEAR(box.bottom, 400 * std::max(second[1], second[3]), 0.01);
  EXPECT_LE(box.left, box.right) << "the right way round, whatever it says";
  EXPECT_LE(box.top, box.bottom);
  const std::size_t allocations = test::allocation_count();
  (void)predictor.predict(history, history.find(1), 5);
  EXPECT_EQ(test::allocation_count(), allocations);
}

TEST(LearnedPredictor, ReadsEachKind) {
  LstmWeights attention = test::random_weights(6, 5, 3);
  Random random(4);
  fill(attention.dense, 5, 12, random);
  fill(attention.query, 6, 6, random);
  fill(attention.age_bias, Eigen::Index{TrackHistory::kDepth}, 1, random);
  const std::array<std::pair<std::string, std::string>, 4> files{
      {{"lstm", format_lstm_weights(test::random_weights(6, 5, 3))},
       {"attention", format_lstm_weights(attention)},
       {"elf_lstm", format_elf_weights(lstm_by_chance(5))},
       {"elf_attention", format_elf_weights(attention_by_chance(6))}}};
  for (const auto& [kind, bytes] : files) {
    const auto predictor = load_predictor(kind, bytes);
    ASSERT_TRUE(predictor) << predictor.error().text;
    EXPECT_EQ(predictor->kind, kind);
    EXPECT_FALSE(predictor->trained_on.empty());
    const auto made = predictor->make();
    const BoxHistory history = two_boxes();
    made->observe(history);
    EXPECT_TRUE(std::isfinite(made->predict(history, history.find(1), 3).box.left));
    for (const auto& [other, unused] : files) EXPECT_EQ(load_predictor(other, bytes).has_value(), other == kind);
    EXPECT_FALSE(load_predictor(kind, std::string_view(bytes).substr(0, bytes.size() - 4)));
  }
  EXPECT_EQ(load_predictor("oracle", "").error().code, Code::invalid);
}

TEST(LstmPredictor, AttentionToTheNewestStateAloneIsAKnownSum) {
  // The query finds nothing anywhere, and all ages but the present one are out of the question.
  LstmWeights with = test::random_weights(6, 5, 7), plain = with;
  with.query = Eigen::MatrixXf::Zero(6, 6);
  with.age_bias = Eigen::VectorXf::Constant(Eigen::Index{TrackHistory::kDepth}, -80);
  with.age_bias[0] = 0;
  with.dense.resize(5, 12);
  with.dense << 0.25F * plain.dense, 0.75F * plain.dense;
  LstmPredictor a(with), b(plain);
  BoxHistory history;
  for (int i = 0; i < 12; ++i) {
    const auto left = static_cast<float>(100 + i * i);
    const IdentifiedBox frame[] = {{{left, 100, left + 50, 140}, 1, 1}};
    history.advance(frame, 1000, 400);
    a.observe(history);
    b.observe(history);
    ASSERT_LT((a.outputs(0) - b.outputs(0)).cwiseAbs().maxCoeff(), 1e-5F);
  }
}

}  // namespace
}  // namespace weir
