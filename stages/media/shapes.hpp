// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <opencv2/core.hpp>

namespace weir {

// Shapes on BGR images; what lies outside the image is cut off. None allocates.

/// Dims the pixels of an area, so that bright text on it is readable.
void darken(cv::Mat& image, const cv::Rect& wanted);

void fill(cv::Mat& image, const cv::Rect& wanted, const cv::Vec3b& color);

/// Draws the sides of a box, inside it: `on` pixels of every `period`, or all of them when `period` is 0.
void frame_box(cv::Mat& image, const cv::Rect& box, int thickness, int on, int period, const cv::Vec3b& color);

}  // namespace weir
