// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "kernels/image/image_view.hpp"

namespace weir {

/// A small grey picture of a frame. Grey levels are 0 to 255, rows follow each other without gaps.
struct LumaImage {
  int width = 0, height = 0;
  int reduction = 1;  ///< frame pixels per pixel along each axis: pixel i covers [i * reduction, (i + 1) * reduction)
  std::vector<float> pixels;

  bool empty() const { return pixels.empty(); }
  const float* row(int y) const {
    return pixels.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width);
  }
};

/// Reduces frames to about 320 pixels in width by means over squares of pixels. Keeps its memory. Thread-compatible.
class LumaReducer {
 public:
  /// Writes a picture of `frame`; leftover columns on the right and rows at the bottom are left out. An empty frame, or
  /// one thinner than the square, gives an empty picture. Of tall squares only four rows are read.
  void reduce(const ImageView& frame, LumaImage& out);

 private:
  std::vector<std::uint16_t> sums_;  // of one row of squares, by column of the frame
};

/// Half the width and height, means of four pixels.
void halve(const LumaImage& image, LumaImage& out);

}  // namespace weir
