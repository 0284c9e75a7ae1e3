// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/optim.h>

#include <cstdint>

#include "kernels/base/status.hpp"
#include "train/common/loop/checkpoint.hpp"
#include "train/common/loop/ema.hpp"
#include "train/common/loop/named_tensors.hpp"

namespace weir::train {

/// Everything that changes while a net learns. All chance of a training step must come from torch's generator or from
/// a source seeded by run seed and step number (step_random): then these are enough to go on bit for bit.
struct TrainingParts {
  NamedTensors tensors;                          ///< parameters and buffers
  torch::optim::Optimizer* optimizer = nullptr;  ///< torch::optim::AdamW or torch::optim::SGD
  Ema* ema = nullptr;                            ///< may be null
};

/// A copy of the parts, and of the state of torch's generator. Code::unsupported for another kind of optimiser.
Result<Checkpoint> capture(const TrainingParts& parts, std::int64_t step);

/// Puts a checkpoint back into parts made in the same way, and into torch's generator. Code::invalid names the first
/// tensor that is missing or has another shape; then nothing has been changed.
Status restore(const Checkpoint& checkpoint, const TrainingParts& parts);

/// Puts only the net's tensors back (`averaged`: those of the moving average), to evaluate or export a checkpoint.
Status restore_tensors(const Checkpoint& checkpoint, const NamedTensors& tensors, bool averaged);

}  // namespace weir::train
