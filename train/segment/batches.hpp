// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include <opencv2/core/mat.hpp>
#include <opencv2/core/types.hpp>
#include <span>
#include <vector>

#include "kernels/base/random.hpp"
#include "train/common/data/camvid.hpp"

namespace weir::train {

/// How training crops are made.
struct SegmentAugment {
  cv::Size crop{384, 288};
  double smallest = 0.6, largest = 1.8;  ///< scale of the image
  double light = 0.25;                   ///< brightness, contrast and each colour change by up to this share
};

/// One crop of random place, scale, side and light: `image` as 8-bit BGR, `mask` kUnlabelledPixel outside the image.
SegmentExample random_crop(const SegmentExample& example, const SegmentAugment& augment, Random& random);

/// Images and masks as a net takes them.
struct SegmentBatch {
  torch::Tensor images;  ///< f32 [N, 3, H, W], channels last in memory, from 0 to 1
  torch::Tensor masks;   ///< i64 [N, H, W]
};

/// Images of one size.
SegmentBatch stack(std::span<const SegmentExample> examples);

/// The example made larger to the right and below, to the next multiple: the image mirrored, the mask unlabelled.
SegmentExample padded_to_multiple(const SegmentExample& example, int multiple);

/// Median-frequency weights (Eigen and Fergus, ICCV 2015, section 6.3.2) to the power of `strength`: below 1 they
/// favour rare classes less, which costs them fewer false pixels.
std::vector<double> class_weights(std::span<const SegmentExample> examples, double strength);

}  // namespace weir::train
