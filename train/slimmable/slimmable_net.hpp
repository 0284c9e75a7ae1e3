// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "train/common/graph/onnx_net.hpp"
#include "train/common/loop/named_tensors.hpp"
#include "train/slimmable/norms.hpp"
#include "train/switchable/switchable.hpp"

namespace weir::train {

/// A network cut at a norm's output, of which each setup sends some channels in some bits. All setups share the
/// weights; the norms behind the cut have statistics, scales and biases of their own in each (Yu et al., "Slimmable
/// neural networks", ICLR 2019). Thread-bound.
class SlimmableNet {
 public:
  /// Its norms start with the network's values in every setup, the seam's with the mean kSeamMean. Code::invalid when
  /// `seam` is not the output of a batch norm with scale and bias; else as split_model, open_norms and OnnxNet::create.
  static Result<SlimmableNet> create(const OnnxModel& network, const std::string& seam, std::vector<Rung> rungs);

  /// The seam's values for images [N, 3, H, W].
  Result<torch::Tensor> encode(const torch::Tensor& images);

  /// The network's first output for the seam's values in setup number `setup`.
  Result<torch::Tensor> answer(const torch::Tensor& values, std::int64_t setup);

  /// In training norms use the statistics of the pass, and keep them.
  void train(bool on);

  /// All that is learned. The seam's scale and bias stay: steps follow from them.
  NamedTensors learned() const;

  /// The weights of the layer behind the one that takes the seam, which all setups use whole.
  torch::Tensor common_weights() const;

  /// Head, tail and setups as users run them (`images` from 0 to 255), with the statistics that a pass over `images`,
  /// [N, 3, H, W] from 0 to 1, gives in each setup. `network` is what create() was given.
  Result<SwitchableModels> to_models(const OnnxModel& network, const torch::Tensor& images);

  const std::vector<Rung>& rungs() const { return rungs_; }

 private:
  SlimmableNet(OnnxNet head, OnnxNet tail) : head_(std::move(head)), tail_(std::move(tail)) {}
  torch::Tensor scale(std::int64_t setup) const { return scale_ + own_scale_[setup]; }
  torch::Tensor bias(std::int64_t setup) const { return bias_ + own_bias_[setup]; }
  torch::Tensor statistics(const std::vector<std::string>& names) const;
  Result<SwitchableSetup> folded_setup(const torch::Tensor& values, std::int64_t setup);

  OnnxNet head_, tail_;
  std::string seam_, seam_scale_, seam_bias_;
  std::vector<Rung> rungs_;
  std::vector<std::string> mean_, var_;
  float epsilon_ = 0;
  torch::Tensor deviation_;             ///< [K]: of the seam's channels
  torch::Tensor scale_, bias_;          ///< [D]
  torch::Tensor own_scale_, own_bias_;  ///< [U, D]: what each setup adds
};

}  // namespace weir::train
