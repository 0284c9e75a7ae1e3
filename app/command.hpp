// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

#include "app/console.hpp"

namespace weir::app {

// Each sub-command adds its options to the command line; `exit` receives its exit code once it ran.

/// `pipeline --launch FILE`: the program without a sub-command.
void add_run_command(CLI::App& program, Console& console, int& exit);
void add_stages_command(CLI::App& program, Console& console, int& exit);
void add_eval_command(CLI::App& program, Console& console, int& exit);
void add_proposals_command(CLI::App& program, Console& console, int& exit);
void add_replay_command(CLI::App& program, Console& console, int& exit);
void add_profile_command(CLI::App& program, Console& console, int& exit);
void add_model_command(CLI::App& program, Console& console, int& exit);
void add_worker_command(CLI::App& program, Console& console, int& exit);

}  // namespace weir::app
