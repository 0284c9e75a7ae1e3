// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "elastic/onnx_model.hpp"

namespace weir::train {

inline constexpr const char* kStemWeight = "stem.conv.weight";

/// Widths of the classifier.
struct ClassifierShape {
  int classes = 10;
  int stem = 24;                             ///< channels at full size
  std::array<int, 3> channels{32, 96, 128};  ///< at 1/2, 1/4 and 1/8
};

/// A residual net for small images: a stem, then three stages of one halving convolution and one residual block of two
/// (He et al., "Deep residual learning", CVPR 2016, section 3.3), the mean over the image and a linear layer. Wide and
/// shallow: as good as deeper ones of its cost after few epochs, and faster on a CPU. Input `image`: f32 [N, 3, H, W],
/// BGR from 0 to 1; output `scores`: [N, classes] logits.
OnnxModel build_classifier(const ClassifierShape& shape, std::uint64_t seed);

}  // namespace weir::train
