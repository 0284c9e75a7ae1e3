// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "kernels/base/random.hpp"
#include "train/common/data/image_tar.hpp"

namespace weir::train {

/// Images and their classes as a net takes them.
struct ClassifyBatch {
  torch::Tensor images;  ///< f32 [N, 3, H, W], channels last in memory, from 0 to 1
  torch::Tensor labels;  ///< i64 [N]
};

/// Images moved by up to a sixteenth of their size each way (the border is mirrored). One half of a set is flipped in
/// even passes and the other in odd ones, so that every two passes show each image both ways (Jordan, "94 % on CIFAR-10
/// in 3.29 seconds", 2024, section 3.6). `pass` tells how often the set was gone through before.
ClassifyBatch augmented_batch(const ImageSet& set, std::span<const std::size_t> indices, std::int64_t pass,
                              Random random);

/// These images as they are.
ClassifyBatch plain_batch(const ImageSet& set, std::span<const std::size_t> indices);

/// Images `first` to `first + count - 1` as they are.
ClassifyBatch plain_batch(const ImageSet& set, std::size_t first, std::size_t count);

}  // namespace weir::train
