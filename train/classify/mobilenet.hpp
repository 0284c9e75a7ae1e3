// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "elastic/onnx_model.hpp"

namespace weir::train {

/// The value behind the stem, where a switchable network is cut: the stem's normalised sums, without a ReLU.
inline constexpr const char* kStemSeam = "stem.norm";

/// Widths of the MobileNetV2-style classifier.
struct MobileNetShape {
  struct Block {
    int channels;
    int stride;
  };

  int classes = 10;
  int stem = 16;   ///< channels at half size
  int dense = 24;  ///< of the 3x3 convolution behind the stem, at a quarter
  int expand = 3;  ///< an inverted residual works on so many times its input's channels
  std::vector<Block> blocks{{24, 1}, {48, 2}, {48, 1}};
  int features = 128;  ///< before the linear layer
};

/// Inverted residuals (Sandler et al., "MobileNetV2", CVPR 2018, section 3) for small images. The stem halves the size;
/// a dense 3x3 convolution follows it, as where RTCoInfer cuts its MobileNetV2 (Zhang et al., JSAC 2023), so that any
/// number of the stem's channels can be sent there; it halves the size again. Input `image`: f32 [N, 3, H, W], BGR from
/// 0 to 1; output `scores`: [N, classes] logits.
OnnxModel build_mobilenet(const MobileNetShape& shape, std::uint64_t seed);

}  // namespace weir::train
