// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "elastic/onnx_model.hpp"

namespace weir::train {

/// Widths of the MobileViT-style classifier.
struct MobileVitShape {
  struct Stage {
    int channels;
    int stride;
    int width;   ///< channels inside the attention
    int layers;  ///< of attention
  };

  int classes = 10;
  int side = 32;   ///< of the images, in pixels; a multiple of 4 and of all strides behind that
  int stem = 16;   ///< channels at half size
  int dense = 24;  ///< of the 3x3 convolution behind the stem, at a quarter
  int expand = 3;  ///< an inverted residual works on so many times its input's channels
  std::vector<Stage> stages{{24, 1, 32, 1}, {48, 2, 48, 2}};
  int features = 128;  ///< before the linear layer
};

/// Convolutions with attention over all places between them (Mehta and Rastegari, "MobileViT", ICLR 2022, section 3.1)
/// for small images: each place is a patch of its own, with one head, and norms are over the batch, which each setup of
/// a switchable network can have for itself. Stem, seam (kStemSeam), input and output are those of build_mobilenet(),
/// for images of one size alone.
OnnxModel build_mobilevit(const MobileVitShape& shape, std::uint64_t seed);

}  // namespace weir::train
