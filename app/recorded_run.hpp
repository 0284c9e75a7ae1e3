// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "kernels/base/status.hpp"
#include "pipeline/graph_spec.hpp"
#include "pipeline/runtime.hpp"

namespace weir::app {

/// What a folder of `--record` tells besides the runtime's decisions.
struct RecordedRun {
  std::string launch_path;  ///< the effective configuration
  RunOptions options;       ///< seed, pace and limits of the recorded run
  std::string version;      ///< of the program that recorded
  std::string engine;
  std::string config_sha256;
};

/// Writes launch.yaml and run.json into the folder, which is made if needed. io where it cannot be written.
Status write_recorded_run(const std::string& folder, const GraphSpec& spec, const RunOptions& options);

/// Reads them again. not_found: no recording there; corrupt: run.json does not parse.
Result<RecordedRun> read_recorded_run(const std::string& folder);

}  // namespace weir::app
