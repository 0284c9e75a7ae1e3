// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <opencv2/core/types.hpp>

#include "kernels/base/random.hpp"
#include "train/common/data/augment_options.hpp"
#include "train/common/data/example.hpp"

namespace weir::train {

/// Which part of an image is shown and how large.
struct Window {
  double scale_x = 1, scale_y = 1;  ///< pixels of the crop per pixel of the image
  double left = 0, top = 0;         ///< where in the enlarged image the crop begins; negative: padding before it
  bool mirrored = false;
};

/// Pixels of the crop per pixel of `image` that a scale of 1 stands for: 375 / its height.
double unit_scale(const cv::Mat& image);

/// Chooses a window of `size` onto the example, its scale log-uniform from the options' smallest to `max_scale`.
Window choose_window(const Example& example, cv::Size size, double max_scale, const AugmentOptions& options,
                     Random& random);

/// Draws what the window shows into `target`, a rectangle of `out`, and adds its boxes and regions.
///
/// An unlabelled example makes the whole target an ignored region.
void show(const Example& example, const Window& window, const cv::Rect& target, const AugmentOptions& options,
          AugmentedExample& out);

}  // namespace weir::train
