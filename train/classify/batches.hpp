// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/torch.h>

#include <cstddef>
#include <span>

#include "kernels/base/random.hpp"
#include "train/common/data/image_tar.hpp"

namespace weir::train {

/// Images and their classes as a net takes them.
struct ClassifyBatch {
  torch::Tensor images;  ///< f32 [N, 3, H, W], channels last in memory, from 0 to 1
  torch::Tensor labels;  ///< i64 [N]
};

/// Images moved by up to an eighth of their size each way (the border is mirrored), half of them flipped.
ClassifyBatch augmented_batch(const ImageSet& set, std::span<const std::size_t> indices, Random random);

/// Images `first` to `first + count - 1` as they are.
ClassifyBatch plain_batch(const ImageSet& set, std::size_t first, std::size_t count);

}  // namespace weir::train
