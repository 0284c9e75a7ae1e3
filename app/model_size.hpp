// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "elastic/onnx_model.hpp"

namespace weir::app {

/// The extents of a model's first input, an image, for the value "640x192" of --size: batch and channels as in the
/// file, an open batch 1. Nothing for an empty text. Code::invalid says what is wanted.
Result<std::vector<Shape>> input_size(const std::string& text, const OnnxModel& model);

/// Adds to an error of infer_shapes what the user can do about it.
Error explained(Error error, const std::string& file, const std::string& size);

}  // namespace weir::app
