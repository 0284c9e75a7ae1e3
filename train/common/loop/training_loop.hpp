// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "kernels/base/status.hpp"
#include "train/common/loop/interrupt.hpp"
#include "train/common/loop/progress.hpp"
#include "train/common/loop/training_state.hpp"

namespace weir::train {

/// What one step of a program hands to its loop.
struct StepLoss {
  torch::Tensor
      total;        ///< a scalar to differentiate; one without a gradient tells that the gradients are there already
  LossParts parts;  ///< further losses to show, without the total
  int examples = 0;
};

struct LoopOptions {
  std::int64_t steps = 0;
  std::int64_t warmup_steps = 0;
  std::vector<std::int64_t> cycles{};  ///< steps of each run through the schedule of rates; empty: one
  double rate = 0;                     ///< highest learning rate
  double final_fraction = 0.02;
  double clip_norm = 0;                       ///< 0: gradients are not clipped
  std::filesystem::path checkpoint;           ///< where to write; empty: nowhere
  std::int64_t checkpoint_every = 0;          ///< steps; 0: only when interrupted and at the end
  std::int64_t evaluate_every = 0;            ///< steps; 0: never. The program evaluates after the last step by itself.
  std::map<std::string, std::string> values;  ///< goes into every checkpoint
};

struct LoopCallbacks {
  /// Makes the loss of step number `step` (from 0), with gradients enabled.
  std::function<Result<StepLoss>(std::int64_t step)> loss;
  /// May be empty. Called after every `evaluate_every` steps with the number of steps done; adds to the curves.
  std::function<Status(std::int64_t done, Curves& curves)> evaluate;
};

struct LoopEnd {
  std::int64_t step = 0;  ///< steps done
  bool interrupted = false;
  double seconds = 0;  ///< spent, before a resume too
  Curves curves;       ///< "loss" and what evaluate() added, from before a resume too
};

/// Runs steps `start.step` to `options.steps` with cosine rate, gradient clipping, moving average, divergence guard,
/// checkpoints and progress. `start` is the checkpoint that was restored, or empty. When interrupted it finishes the
/// step, writes the checkpoint and returns. Any failure ends it: a loss that is no number (Code::internal, with the
/// last good checkpoint), a checkpoint that cannot be written, an error of a callback.
Result<LoopEnd> run_loop(const LoopOptions& options, const LoopCallbacks& callbacks, const TrainingParts& parts,
                         const Checkpoint& start, Progress& progress, const Interrupt& interrupt);

}  // namespace weir::train
