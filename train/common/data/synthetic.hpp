// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/scene/road_scene.hpp"
#include "train/common/data/example.hpp"

namespace weir::train {

/// Draws labelled examples: `scenes` road scenes with the seeds first_seed, first_seed + 1, ..., and of each the frames
/// 0, step, 2 step, ... (frames_per_scene of them). Everything else is as `base` says.
///
/// The truth is exact and its types are learned as KITTI's are; objects hidden by more than 90 % become ignored
/// regions. The same arguments give the same bytes.
std::vector<Example> draw_synthetic(SceneOptions base, std::uint64_t first_seed, int scenes, int frames_per_scene,
                                    int step);

}  // namespace weir::train
