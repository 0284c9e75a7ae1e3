// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

#include "train/common/loop/program.hpp"

namespace weir::train {

/// Adds the options that all training programs share. Only the programs include this: the library has no command line.
inline void add_program_options(CLI::App& program, ProgramOptions& options) {
  program.add_option("--data", options.data, "Folder of the data")->required();
  program.add_option("--out", options.out, "Folder for model, model card and checkpoint")->capture_default_str();
  program.add_option("--resume", options.resume, "Go on from this checkpoint, with the options it was made with")
      ->type_name("FILE");
  program.add_option("--seed", options.seed, "Seed of weights, order and augmentation")->capture_default_str();
  program
      .add_option("--threads", options.threads,
                  "Threads; 0 takes all cores. Runs of one seed are identical with 1, and nearly so with more")
      ->capture_default_str()
      ->check(CLI::Range(0, 256));
  program.add_flag("--full-precision", options.full, "Train in f32 even where the processor has fast bfloat16");
}

}  // namespace weir::train
