// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include <string>
#include <utility>
#include <vector>

namespace weir::train {

/// Tensors with the names by which files keep them. The handles are shared: writing to one writes to the net's own.
using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;

}  // namespace weir::train
