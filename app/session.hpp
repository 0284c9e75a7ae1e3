// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/console.hpp"
#include "pipeline/launch_file.hpp"
#include "pipeline/runtime.hpp"

namespace weir::app {

/// What a run does besides running: where its report goes and how it is shown.
struct SessionOptions {
  std::string report_dir;  ///< empty = no report.json
  bool json = false;       ///< the report on standard output in place of the summary
};

/// Reads and checks a launch file; on failure tells the user everything that is wrong and sets `exit`.
std::optional<GraphSpec> load(const std::string& path, Registry& registry, const std::vector<Override>& overrides,
                              Console& console, int& exit);

/// Splits "a.b=c"; tells the user and sets `exit` where there is no '='.
std::optional<std::vector<Override>> parse_overrides(const std::vector<std::string>& texts, Console& console,
                                                     int& exit);

/// All stages of this program; a failure is a fault of the program itself.
std::optional<Registry> builtin_registry(Console& console, int& exit);

/// Runs a checked graph to its end: signals, progress, metrics, summary, report. Returns the exit code.
int run_session(GraphSpec spec, RunOptions run, const SessionOptions& options, Console& console);

}  // namespace weir::app
