// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "elastic/onnx_model.hpp"

namespace weir::train {

/// The same network for any batch where it was exported for one of 1: a Reshape to a constant shape that begins with 1
/// keeps the first extent of what it reshapes instead.
OnnxModel open_batch(OnnxModel model);

}  // namespace weir::train
