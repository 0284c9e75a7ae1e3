// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/nn.h>

#include "kernels/predict/lstm_weights.hpp"
#include "train/common/loop/named_tensors.hpp"
#include "train/proposals/samples.hpp"

namespace weir::train {

struct ProposalShape {
  int hidden = 48;
  int dense = 48;
  bool attention = false;  ///< over the states of the last eight boxes
  double dropout = 0.1;    ///< between the recurrent layer and what follows, while it learns
};

/// What LstmPredictor computes, for whole tracks at once and differentiable.
class ProposalNet : public torch::nn::Module {
 public:
  explicit ProposalNet(const ProposalShape& shape);

  /// T x B x LstmWeights::kOutputs.
  torch::Tensor forward(const torch::Tensor& features);

  /// Predicted corners before any cut, T x B x kFarthestAhead x 4, and the logarithms of the scales of the sides in box
  /// sizes, likewise.
  std::pair<torch::Tensor, torch::Tensor> decode(const torch::Tensor& outputs, const TrackBatch& batch);

  NamedTensors tensors() const;

  /// The weights as LstmPredictor takes them; both factors are 1 until they are measured.
  LstmWeights weights() const;

 private:
  /// The states with what each finds in the past behind it: T x B x 2H.
  torch::Tensor look_back(const torch::Tensor& hidden) const;

  torch::nn::LSTM lstm_;
  torch::nn::Dropout dropout_;
  torch::nn::Linear dense_, output_;
  torch::Tensor keep_;
  torch::Tensor query_, age_bias_;  // with attention
};

/// The mean over samples, and over the distances ahead (one frame ahead weighs three times as much as each other), of
/// 1 - IoU (cut to the frame), 0.3 times the error of the sides in box sizes (clipped at 1), and the pinball loss at
/// 97 % that teaches each side's scale how far truth sticks out.
torch::Tensor proposal_loss(const std::pair<torch::Tensor, torch::Tensor>& decoded, const TrackBatch& batch);

}  // namespace weir::train
