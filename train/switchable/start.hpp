// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <ostream>
#include <vector>

#include "kernels/base/status.hpp"
#include "train/common/loop/named_tensors.hpp"
#include "train/switchable/ladder.hpp"

namespace weir::train {

/// Puts the averaged weights, prices and distances that another training ended with into `tensors`. Each of `rungs`
/// begins as the other's at its place, or, when their numbers differ, as the nearest in rate; it aims at its own rate.
/// Layers that the other did not have stay as they are: they add nothing at first; `messages` says how many tensors
/// these are. Code::invalid when shapes differ or the checkpoint is of another program, errors of load_checkpoint.
Status start_from(const std::filesystem::path& checkpoint, const std::vector<Rung>& rungs, int bottleneck_channels,
                  const NamedTensors& tensors, std::ostream& messages);

}  // namespace weir::train
