// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/engine.hpp"

namespace weir::engine {

/// load_engine() on OpenVINO's CPU plug-in; `options` are already checked for range.
Result<std::unique_ptr<Engine>> load_openvino(std::string_view model, const std::string& name,
                                              const EngineOptions& options);

}  // namespace weir::engine
