// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "kernels/base/status.hpp"
#include "train/common/loop/training_state.hpp"

namespace weir::train {

/// What every training program is told on its command line.
struct ProgramOptions {
  std::filesystem::path data;    ///< folder of the data
  std::filesystem::path out;     ///< folder of checkpoint, model and card
  std::filesystem::path resume;  ///< checkpoint to go on from; empty: from the start
  std::uint64_t seed = 1;
  int threads = 0;      ///< 0: all cores
  bool full = false;    ///< f32 where bfloat16 is faster
  std::string command;  ///< as it was typed, for the model card
};

/// The program's name without its folder, and its arguments, quoted where a shell needs it.
std::string command_line(int count, const char* const* arguments);

/// The checkpoint of `options.resume`, put back into `parts`; an empty one when there is none to resume. The
/// checkpoint must have been made with the same `values` (steps, batch, seed, net), or have fewer runs in "steps":
/// Code::invalid names the first that differs.
Result<Checkpoint> resume_or_start(const ProgramOptions& options, const std::map<std::string, std::string>& values,
                                   const TrainingParts& parts);

/// What a program returns for an error: 2 for what the user gave, 3 for inputs that are missing or broken, else 1.
int exit_code(const Error& error);

}  // namespace weir::train
