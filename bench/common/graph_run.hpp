// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "kernels/base/status.hpp"
#include "pipeline/registry.hpp"
#include "pipeline/report.hpp"
#include "pipeline/runtime.hpp"

namespace weir::bench {

/// How a run went. The report's `seconds` are from the start of the sources, when all stages are open.
struct GraphRun {
  RunReport report;
  double cpu_seconds = 0;  ///< processor time of all threads from the same moment
};

/// Runs a launch file's text to its end. Warnings go to standard error.
Result<GraphRun> run_graph(const std::string& yaml, Registry& registry, RunOptions options = {});

}  // namespace weir::bench
