// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include <string>
#include <vector>

#include "elastic/onnx_model.hpp"
#include "elastic/switchable/measure.hpp"

namespace weir::train {

/// How far outputs are from those of the untouched network, example by example.
class Distiller {
 public:
  /// `outputs` are the network's, in the order in which distance() gets their values.
  Distiller(OutputKind kind, std::vector<OnnxValue> outputs) : kind_(kind), outputs_(std::move(outputs)) {}

  /// [M], with a gradient by `found`. Detectors: Kullback-Leibler distances of objectness and classes and the
  /// differences of the boxes, where the untouched network sees something, weighted by its confidence. Others: squared
  /// error by the variance of the expected values; of [M, C], the distance of the softmax too.
  torch::Tensor distance(const std::vector<torch::Tensor>& expected, const std::vector<torch::Tensor>& found) const;

  OutputKind kind() const { return kind_; }

 private:
  OutputKind kind_;
  std::vector<OnnxValue> outputs_;
};

/// The kind by the file's outputs.
OutputKind output_kind(const OnnxModel& network);

}  // namespace weir::train
