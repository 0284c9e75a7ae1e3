// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/base/tensor.hpp"
#include "kernels/detect/detection.hpp"
#include "kernels/image/preprocess.hpp"

namespace weir {

struct NanodetOptions {
  int input_width = 0;  ///< of the network, in pixels
  int input_height = 0;
  int classes = 80;
  float score_threshold = 0.3F;
  bool sigmoid = false;  ///< true: the file's class outputs are logits
};

/// Appends the boxes of a NanoDet head, best class each, in image pixels.
///
/// `outputs` are six f32 tensors in any order: for each of the strides 8, 16 and 32 the class scores [1, N, classes]
/// and the four side distances [1, N, 4 * bins] as distributions over 0 ... bins-1 strides, bins from 2 to 32 (Li et
/// al., Generalized Focal Loss, NeurIPS 2020, section 3.2), N = the cells of that stride. They are told apart by their
/// last extent, which must differ. No allocation beyond the growth of `boxes`. Code::invalid when a tensor is missing
/// or of another shape; the text names what was found and what is wanted.
Status decode_nanodet(std::span<const TensorView> outputs, const NanodetOptions& options, const ImageToTensor& geometry,
                      std::vector<Detection>& boxes);

/// Whether class scores look like logits: some value lies outside [0, 1]. For setting NanodetOptions::sigmoid once,
/// from the first output of a model.
bool has_logits(std::span<const TensorView> outputs, int classes);

}  // namespace weir
