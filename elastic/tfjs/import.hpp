// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "elastic/onnx_model.hpp"

namespace weir {

/// Converts a TF.js graph model (model.json and the weight files beside it) to ONNX, opset 11, f32.
///
/// One input becomes "data"; more keep their names. Images are 1xCxHxW: where the graph has them channels last, its
/// rank-4 inputs and outputs become channels first. Transposes disappear, biases and paddings join their convolutions.
/// Height and width are left open when every layer allows them to change. Outputs keep the names and the alphabetic
/// order of the file's signature.
///
/// Code::not_found for a missing file, Code::corrupt for one that does not parse or has another size than its manifest
/// says, Code::unsupported for an operator or a form of one that has no translation: the text names node and operator.
Result<OnnxModel> import_tfjs(const std::filesystem::path& path);

}  // namespace weir
