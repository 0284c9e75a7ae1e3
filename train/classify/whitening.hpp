// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include "train/common/data/image_tar.hpp"

namespace weir::train {

/// Filters for a first 3x3 convolution: the directions in which the patches of images vary most, each as it is and
/// negated, f32 [filters, 3, 3, 3] of length 1. A batch norm after them makes the patches' parts uncorrelated and of
/// equal weight, which about halves the passes that a small net needs (Jordan, "94 % on CIFAR-10 in 3.29 seconds",
/// 2024, section 3.2). At most 54 filters; depends on the images alone.
torch::Tensor whitening_filters(const ImageSet& set, int filters);

}  // namespace weir::train
