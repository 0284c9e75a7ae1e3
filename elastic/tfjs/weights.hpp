// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "elastic/onnx_model.hpp"

namespace weir::tfjs {

/// Decodes every weight of a "weightsManifest" from the files beside `model`: float32 (also stored as float16, uint8 or
/// uint16) to f32, int32 and bool to i32. Throws nlohmann::json::exception on a manifest of another form. Errors as
/// read_graph says.
Status read_weights(const nlohmann::json& manifest, const std::filesystem::path& model,
                    std::map<std::string, OnnxTensor>& constants);

}  // namespace weir::tfjs
