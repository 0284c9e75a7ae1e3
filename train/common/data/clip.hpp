// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "kernels/base/status.hpp"
#include "train/common/data/example.hpp"

namespace weir::train {

/// Reads frames 0, `every`, 2 `every`, ... of a video, at most `max_frames` of them, as unlabelled examples.
/// Errors: invalid (every or max_frames below 1), not_found (no such file), corrupt (no frame decodes).
Result<std::vector<Example>> read_clip(const std::filesystem::path& file, int every, int max_frames,
                                       ReadReport& report);

}  // namespace weir::train
