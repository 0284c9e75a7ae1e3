// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "elastic/onnx_model.hpp"

namespace weir {

/// The same network with other outputs: any values inside it, in the given order. What they do not need is left out.
/// Code::not_found names a value that no node computes.
Result<OnnxModel> with_outputs(OnnxModel model, const std::vector<std::string>& outputs);

}  // namespace weir
