// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "elastic/onnx_model.hpp"

namespace weir {

/// Element type and extents of one tensor of a graph.
struct TensorType {
  DType dtype = DType::f32;
  Shape shape;
};

/// The type of every input, constant and node output of a model, by name, for inputs of the given extents.
///
/// `input_shapes` holds one per input, in the file's order; missing ones and negative extents are as in the file.
/// Code::invalid when an extent stays open or ranks differ; Code::unsupported when a node's output cannot be found (an
/// operator that ONNX does not define, a shape fixed inside the file): the text names node and operator.
Result<std::unordered_map<std::string, TensorType>> infer_shapes(const OnnxModel& model,
                                                                 const std::vector<Shape>& input_shapes);

}  // namespace weir
