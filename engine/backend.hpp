// SPDX-License-Identifier: Apache-2.0
// Between registry.cpp and the modules of the backends.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/engine.hpp"

namespace weir::engine {

/// load_engine() in one backend; `options` are already checked for range.
using LoadBackend = void(std::string_view model, const std::string& name, const EngineOptions& options,
                         Result<std::unique_ptr<Engine>>& engine);

/// What each module calls it.
inline constexpr const char* kLoadBackend = "weir_load_engine";

}  // namespace weir::engine

extern "C" weir::engine::LoadBackend weir_load_engine;
