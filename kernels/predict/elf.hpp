// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/predict/predictor.hpp"

namespace weir {

/// A recurrent layer as libtorch has it: gates in the order input, forget, cell, output.
struct ElfLayer {
  Eigen::MatrixXf input, recurrent;  ///< 4H x inputs, 4H x H
  Eigen::VectorXf bias;              ///< 4H
};

/// What both networks of Elf's authors have in common here.
struct ElfWeights {
  Eigen::MatrixXf output;                       ///< 4 x what goes into it
  Eigen::VectorXf output_bias;                  ///< 4
  Eigen::VectorXf sigma_factor, margin_factor;  ///< kFarthestAhead: in sides of the last box
  std::vector<std::string> trained_on;          ///< names of the sequences it has learned from
};

/// "LSTM": two layers of 16 units on top of each other, rectified, a linear layer, a sigmoid.
struct ElfLstmWeights : ElfWeights {
  static constexpr Eigen::Index kUnits = 16;
  ElfLayer first, second;
};

/// "Attention-LSTM": an encoder of 8 units, and a decoder of 8 units that weighs the encoder's states in each step.
struct ElfAttentionWeights : ElfWeights {
  static constexpr Eigen::Index kUnits = 8;
  ElfLayer encoder, decoder;
  Eigen::MatrixXf match;       ///< 8 x 24: of the decoder's state, its cell and a state of the encoder
  Eigen::VectorXf match_bias;  ///< 8
  Eigen::MatrixXf score;       ///< 1 x 8
  Eigen::VectorXf score_bias;  ///< 1
  Eigen::MatrixXf join;        ///< 4 x 12: of what was found and the box of the step
  Eigen::VectorXf join_bias;   ///< 4
};

/// The weights as files (weight_table.hpp) of kind "elf_lstm" and "elf_attention", and back.
std::string format_elf_weights(const ElfLstmWeights& weights);
std::string format_elf_weights(const ElfAttentionWeights& weights);
Result<ElfLstmWeights> parse_elf_lstm_weights(std::string_view bytes);
Result<ElfAttentionWeights> parse_elf_attention_weights(std::string_view bytes);

/// Four sides in units of the frame's width and height.
using ElfBox = Eigen::Vector4f;

/// What the networks say of two boxes, the older one first.
ElfBox elf_next(const ElfLstmWeights& weights, const ElfBox& before, const ElfBox& now);
ElfBox elf_next(const ElfAttentionWeights& weights, const ElfBox& before, const ElfBox& now);

/// Predicts as Elf's authors did (their public code, 2021), for comparison: absolute coordinates in units of the frame,
/// from the last two boxes alone; a new object counts as standing. Farther ahead their own answer is put in again.
template <typename Weights>
class ElfPredictor final : public BoxPredictor {
 public:
  explicit ElfPredictor(Weights weights) : weights_(std::move(weights)) {}

  void observe(const BoxHistory&) override {}
  PredictedBox predict(const BoxHistory& history, std::size_t place, int ahead) const override;

 private:
  Weights weights_;
};

extern template class ElfPredictor<ElfLstmWeights>;
extern template class ElfPredictor<ElfAttentionWeights>;

}  // namespace weir
