// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <opencv2/core/mat.hpp>
#include <vector>

#include "train/common/data/example.hpp"

namespace weir::train {

/// How training crops are varied. Chances are 0 to 1.
struct AugmentOptions {
  int width = 320;          ///< pixels of the crop
  int height = 192;         ///< pixels of the crop
  double min_scale = 0.35;  ///< pixels of the crop per pixel of an image 375 rows high, as KITTI's are
  double max_scale = 1.5;
  double aspect = 0.1;        ///< width against height changes by at most this share
  double focus = 0.7;         ///< chance that the crop is placed over an object of its image
  double flip = 0.5;          ///< chance to mirror
  double mosaic = 0.4;        ///< chance that the crop is put together from four images
  double paste = 0.3;         ///< chance that one to three objects of other images are pasted
  double colour = 0.8;        ///< chance of other brightness, contrast, gamma, saturation and hue
  double gray = 0.05;         ///< chance of no colour at all
  double blur = 0.1;          ///< chance of blur
  double noise = 0.15;        ///< chance of sensor noise
  double jpeg = 0.2;          ///< chance of JPEG at a quality of 35 to 95
  double illumination = 0.2;  ///< chance of a smooth random light field
  double keep_area = 0.35;    ///< a box with less of its area left in the crop becomes an ignored region
  double keep_side = 4;       ///< so does one with a side of fewer pixels
};

/// One training crop. Boxes and regions are in its pixels and lie within it.
struct AugmentedExample {
  cv::Mat image;  ///< 8-bit BGR, contiguous, of the options' size; owned
  std::vector<LabelledBox> boxes;
  std::vector<Box> ignored;  ///< includes what was taken from unlabelled images
  bool labelled = false;     ///< part of it is from a labelled image
};

}  // namespace weir::train
