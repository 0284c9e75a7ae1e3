// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/engine.hpp"

namespace weir::engine {

/// load_engine() on OpenCV's DNN module: f32 only; a batch runs as that many single inferences. OpenCV's thread count
/// belongs to the process: the largest that any engine asked for holds for all. `options` are already checked for
/// range.
Result<std::unique_ptr<Engine>> load_opencv(std::string_view model, const std::string& name,
                                            const EngineOptions& options);

}  // namespace weir::engine
