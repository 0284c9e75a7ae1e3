// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "elastic/onnx_model.hpp"
#include "kernels/base/status.hpp"

namespace weir {

/// One node of a model with what it costs.
struct LayerReport {
  std::string name;
  std::string op;
  Shape output{};  ///< of its first output
  DType dtype = DType::f32;
  std::int64_t parameters = 0;
  std::int64_t macs = 0;
  std::int64_t live_bytes = 0;      ///< of activations while it runs
  std::optional<double> time_us{};  ///< where the engine tells; 0 where it is merged into a neighbour
  std::string kernel{};             ///< what the engine runs it with
};

/// A model at one input size.
struct ModelReport {
  std::vector<OnnxValue> inputs;  ///< of the size asked for
  std::vector<OnnxValue> outputs;
  std::vector<LayerReport> layers;  ///< in the order of execution
  std::int64_t parameters = 0;
  std::int64_t macs = 0;
  std::int64_t peak_bytes = 0;      ///< the largest live_bytes
  std::string peak_layer;           ///< where that is
  std::optional<double> time_us{};  ///< of one inference, all layers
  std::string engine{};             ///< what the times were measured with
};

/// What a model is made of and costs for inputs of these extents, as infer_shapes takes them. Errors as there.
Result<ModelReport> inspect_model(const OnnxModel& model, const std::vector<Shape>& input_shapes);

/// Adds the time of each layer: the median of `runs` runs on one thread in f32, on inputs of zeros. Times of engine
/// layers that the file does not have (changes of layout) are in the total alone. Leaves the report without times where
/// the default engine does not tell; Code::unsupported when it cannot run the model.
Status add_layer_times(const OnnxModel& model, std::string_view name, int runs, ModelReport& report);

}  // namespace weir
