// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "elastic/onnx_model.hpp"

namespace weir::train {

/// What a node reads when it runs: its inputs in order, undefined where an optional one is left out.
using Tensors = std::vector<torch::Tensor>;

/// One node, ready to run. May throw c10::Error, which OnnxNet turns into a Status that names the node.
using Operator = std::function<Tensors(const Tensors& inputs, bool training)>;

/// The attributes of a node, with ONNX's defaults given by the caller.
class Attributes {
 public:
  explicit Attributes(const OnnxNode& node) : node_(node) {}
  std::int64_t integer(const char* name, std::int64_t otherwise) const;
  double real(const char* name, double otherwise) const;
  std::string text(const char* name, const char* otherwise) const;
  std::vector<std::int64_t> integers(const char* name, std::vector<std::int64_t> otherwise = {}) const;
  const OnnxTensor* tensor(const char* name) const;
  bool has(const char* name) const { return node_.attributes.contains(name); }

 private:
  const OnnxNode& node_;
};

/// Convolutions, norms, pools and linear layers; empty for other operators. Code::unsupported for attribute values that
/// libtorch has no counterpart of.
Result<Operator> make_layer(const OnnxNode& node, std::int64_t opset);

/// Element-wise functions, arithmetic, reductions and matrix products; empty for other operators.
Result<Operator> make_math(const OnnxNode& node, std::int64_t opset);

/// What moves values without changing them: reshape, slice, concat, resize and the like; empty for other operators.
Result<Operator> make_shaping(const OnnxNode& node, std::int64_t opset);

/// Resize and its forerunner Upsample: nearest and linear in height and width, with all placements of coordinates but
/// cropping. Code::unsupported names the node and what it asks for.
Result<Operator> make_resize(const OnnxNode& node);

/// The values of an integer tensor.
std::vector<std::int64_t> integers_of(const torch::Tensor& tensor);

/// A constant of the file as a tensor with memory of its own.
torch::Tensor to_torch(const OnnxTensor& tensor);

/// The values of `tensor` as a constant of the given name and type (f32 and f16 are converted).
OnnxTensor from_torch(const std::string& name, DType dtype, const torch::Tensor& tensor);

}  // namespace weir::train
