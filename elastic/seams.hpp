// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "elastic/onnx_model.hpp"
#include "elastic/shape_inference.hpp"

namespace weir {

/// One tensor that crosses a seam.
struct SeamTensor {
  std::string name;
  TensorType type;
};

/// A place where a network can be cut.
struct Seam {
  std::vector<SeamTensor> tensors;  ///< in the order in which they are computed
  std::string after;                ///< the last node before it
  std::string op;                   ///< that node's operator
  std::int64_t elements = 0;        ///< of all its tensors
  std::int64_t bytes = 0;           ///< of all its tensors, as they are
  std::int64_t head_macs = 0, tail_macs = 0;
};

/// Every seam of at most `most` tensors for inputs of these extents, in the order of execution.
///
/// A seam of one tensor is an edge that dominates all outputs. Seams of several tensors are those after each node in
/// the file's order, and those around all that a single value depends on. What depends on no input does not count as a
/// tensor that crosses. Errors as those of infer_shapes. Thread-safe.
Result<std::vector<Seam>> find_seams(const OnnxModel& model, const std::vector<Shape>& input_shapes, std::size_t most);

}  // namespace weir
