// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/engine.hpp"

namespace weir::engine {

/// What an ONNX file takes and gives; OpenCV's DNN module does not tell.
struct OnnxInterface {
  std::vector<TensorInfo> inputs;  ///< without initializers; unknown extents are -1
  std::vector<TensorInfo> outputs;
};

/// Reads the interface straight from the file's bytes (protobuf wire format, onnx.proto3). Code::corrupt when they do
/// not parse as ONNX, Code::unsupported for element types that Weir does not carry.
Result<OnnxInterface> read_onnx_interface(std::string_view model, const std::string& name);

}  // namespace weir::engine
