// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string_view>

namespace weir {

/// Keys of a stage that belong to the launch file; every other key is a parameter of the stage.
inline constexpr std::array<std::string_view, 8> kStageKeys{"use",      "in",    "place",         "on_error",
                                                            "parallel", "batch", "batch_timeout", "fallback"};

/// Keys at the top of a launch file, in the order of the effective configuration.
inline constexpr std::array<std::string_view, 11> kTopKeys{"name",   "deadline", "plugins", "threads",
                                                           "stages", "edges",    "answer",  "provisional",
                                                           "cloud",  "accuracy", "metrics"};

}  // namespace weir
