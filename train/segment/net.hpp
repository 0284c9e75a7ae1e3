// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "elastic/onnx_model.hpp"

namespace weir::train {

/// Widths and depths of the segmentation net.
struct SegmenterShape {
  int classes = 11;
  int stem = 16;                                ///< channels at 1/2 of the size
  std::array<int, 4> channels{32, 64, 80, 80};  ///< on the way down, at 1/4, 1/8, 1/16 and 1/32
  std::array<int, 4> blocks{1, 2, 1, 1};        ///< residual blocks there
  std::array<int, 4> up{64, 48, 32, 16};        ///< channels on the way up, at 1/16, 1/8, 1/4 and 1/2
};

/// Extents of its input are multiples of this.
inline constexpr int kSegmenterMultiple = 32;

/// A U-shaped net (Ronneberger et al., MICCAI 2015) with residual blocks on the way down and one convolution per size
/// on the way up. Input `image`: f32 [N, 3, H, W], BGR from 0 to 1; output `scores`: [N, classes, H/2, W/2] logits.
OnnxModel build_segmenter(const SegmenterShape& shape, std::uint64_t seed);

}  // namespace weir::train
