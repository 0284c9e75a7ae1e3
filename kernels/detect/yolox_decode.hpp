// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/base/tensor.hpp"
#include "kernels/detect/detection.hpp"
#include "kernels/image/preprocess.hpp"

namespace weir {

struct YoloxOptions {
  int input_width = 0;  ///< of the network, in pixels
  int input_height = 0;
  int classes = 0;               ///< 0: whatever the output holds
  float score_threshold = 0.3F;  ///< least objectness * class score
};

/// Appends the boxes of a raw YOLOX head (Ge et al., arXiv:2107.08430, section 2), best class each, in image pixels.
///
/// `output` is f32 [1, N, 5 + classes] with N = the cells of strides 8, 16 and 32, rows (x, y, log w, log h,
/// objectness, class scores), scores already through their sigmoid. Rows that are not finite are left out. No
/// allocation beyond the growth of `boxes`. Code::invalid when the type or shape differs; the text names both.
Status decode_yolox(const TensorView& output, const YoloxOptions& options, const ImageToTensor& geometry,
                    std::vector<Detection>& boxes);

}  // namespace weir
