// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <opencv2/core.hpp>

#include "kernels/geometry/box.hpp"
#include "kernels/image/image_view.hpp"

namespace weir {

/// Where the pixels of a frame lie on a canvas.
struct Placement {
  double scale = 1;
  int x = 0, y = 0;           ///< of the frame's corner
  int width = 0, height = 0;  ///< of the frame there

  /// As it is when the canvas has the frame's size or a pixel more; else scaled to fit, in the middle.
  static Placement of(const ImageView& image, const cv::Size& canvas);

  /// A box of the frame on the canvas; what lies far outside is brought near. It must be drawable().
  cv::Rect place(const Box& box) const;
};

/// Whether a box is finite and not empty.
bool drawable(const Box& box);

}  // namespace weir
