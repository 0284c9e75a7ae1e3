// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "app/command.hpp"

namespace weir::app {

/// What `pipeline replay --trace` is told.
struct TraceReplayOptions {
  std::string trace;  ///< empty: not asked for
  std::string policy = "mpc";
  std::string ladder;  ///< empty: the published one of each policy
  std::string rung;    ///< of the policy `fixed`
  double fps = 10;
  std::string deadline = "200ms", round_trip = "40ms", length;
  double local = 0;
  bool even = false;  ///< `mpc` spaces the frames that it sends evenly
  std::string decisions;
  bool json = false;
};

/// Adds all of these but `json`, which the command shares with recorded runs.
void add_trace_replay_options(CLI::App& command, TraceReplayOptions& options);

/// Runs one policy or all over a trace in virtual time and prints a table, or JSON. Returns the exit code.
int replay_trace(const TraceReplayOptions& options, Console& console);

}  // namespace weir::app
