// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "elastic/onnx_model.hpp"
#include "elastic/shape_inference.hpp"

namespace weir {

/// What one node costs.
struct LayerCost {
  std::int64_t parameters = 0;  ///< floating-point constants that no earlier node has counted
  std::int64_t macs = 0;        ///< multiply-accumulates of convolutions and matrix products; 0 for all others
  std::int64_t live_bytes = 0;  ///< activations in memory while it runs: its own, and those that later nodes read
};

/// The cost of every node, in the model's order, for the tensor types that infer_shapes found.
///
/// A tensor is live from the node that makes it to the last one that reads it, inputs from the start, outputs to the
/// end. Reshape, Flatten, Squeeze, Unsqueeze, Identity and Dropout hand on the memory of their input; nothing else is
/// computed in place. Constants are no activations.
std::vector<LayerCost> layer_costs(const OnnxModel& model, const std::unordered_map<std::string, TensorType>& types);

}  // namespace weir
