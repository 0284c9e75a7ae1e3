// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include <memory>
#include <string>
#include <vector>

#include "elastic/onnx_model.hpp"
#include "train/common/loop/named_tensors.hpp"

namespace weir::train {

/// A network whose layers are the nodes of an ONNX graph, run and differentiated by libtorch.
///
/// What a graph's convolutions, norms and linear layers hold is trainable; running means and variances are buffers that
/// training updates; all other constants stay. In training mode batch norms use the batch's statistics and dropouts
/// drop, else the net does what an inference engine does with the file. Thread-bound.
class OnnxNet {
 public:
  /// Weights stored as f16 become f32 first. Code::unsupported names the first operator that cannot be run, with its
  /// node; Code::corrupt a node that reads what is not there.
  static Result<OnnxNet> create(OnnxModel model);

  OnnxNet(OnnxNet&&) noexcept;
  OnnxNet& operator=(OnnxNet&&) noexcept;
  ~OnnxNet();

  /// The graph's outputs for its inputs, both in the file's order. Code::invalid names the node whose inputs do not
  /// fit.
  Result<std::vector<torch::Tensor>> forward(const std::vector<torch::Tensor>& inputs);

  /// The values of the given names, whichever they are: outputs, or any node's in between, for probing and distilling.
  /// Nodes that none of them needs are not run.
  Result<std::vector<torch::Tensor>> forward(const std::vector<torch::Tensor>& inputs,
                                             const std::vector<std::string>& wanted);

  /// Both by their names in the file, in its order; the handles are the net's own.
  const NamedTensors& parameters() const;
  const NamedTensors& buffers() const;

  void train(bool on);
  bool is_training() const;

  /// Moves all values, for example to a GPU.
  void to(torch::Device device);

  /// The same graph with the values as they are now, weights as f32.
  OnnxModel to_onnx() const;

 private:
  struct Impl;
  explicit OnnxNet(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::train
