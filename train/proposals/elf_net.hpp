// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/nn.h>

#include "kernels/predict/elf.hpp"
#include "train/common/loop/named_tensors.hpp"

namespace weir::train {

/// A network of Elf's authors as they wrote it: two boxes of each object in, the next one out, all in units of the
/// frame. See kernels/predict/elf.hpp for the layers.
class ElfNet : public torch::nn::Module {
 public:
  /// `boxes`: 2 x B x 4, the older ones first. Returns B x 4.
  virtual torch::Tensor forward(const torch::Tensor& boxes) = 0;

  NamedTensors tensors() const;
};

class ElfLstmNet final : public ElfNet {
 public:
  ElfLstmNet();
  torch::Tensor forward(const torch::Tensor& boxes) override;
  /// As the predictor takes them; both factors are 1 until they are measured.
  ElfLstmWeights weights() const;

 private:
  torch::nn::LSTM lstm_;
  torch::nn::Linear output_;
};

class ElfAttentionNet final : public ElfNet {
 public:
  ElfAttentionNet();
  torch::Tensor forward(const torch::Tensor& boxes) override;
  ElfAttentionWeights weights() const;

 private:
  torch::nn::LSTM encoder_, decoder_;
  torch::nn::Linear match_, score_, join_, output_;
};

/// The authors' loss over B x 4 boxes: the sum of the mean squared errors of the four sides, plus mean 1 - IoU.
torch::Tensor elf_loss(const torch::Tensor& predicted, const torch::Tensor& truth);

}  // namespace weir::train
