// SPDX-License-Identifier: Apache-2.0
#pragma once

// ONNX's own headers, for the sources of elastic/ alone: their warnings are not ours.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
#pragma GCC diagnostic ignored "-Woverloaded-virtual"
#include <onnx/onnx_pb.h>
#pragma GCC diagnostic pop

#include <optional>
#include <string>

#include "elastic/onnx_model.hpp"

namespace weir::elastic {

/// ONNX's number of an element type, and back; nothing for a type without a DType.
int to_onnx(DType type);
std::optional<DType> from_onnx(int type);

/// The model as protobuf holds it.
onnx::ModelProto to_proto(const OnnxModel& model);

/// The model as plain values; `name` is the file in errors.
Result<OnnxModel> from_proto(const onnx::ModelProto& proto, const std::string& name);

}  // namespace weir::elastic
