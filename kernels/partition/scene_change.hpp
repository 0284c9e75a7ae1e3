// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "kernels/image/image_view.hpp"

namespace weir {

/// How much a frame differs from the one before, by two thumbnails of 32 x 16 cells. Looks at 8 pixels of each cell, so
/// its time does not depend on the frame's size. Thread-compatible; one object per stream.
class SceneChange {
 public:
  /// From 0 (the same) to 1: the mean absolute difference of the cells' brightness, as a share of the full range; a
  /// change of brightness of the whole frame counts nothing. 0 for the first frame; the image is not empty.
  float run(const ImageView& image);

  void reset() { any_ = false; }

 private:
  static constexpr int kColumns = 32, kRows = 16;
  using Cells = std::array<std::int16_t, std::size_t{kColumns} * kRows>;

  Cells before_{}, now_{};
  bool any_ = false;
};

}  // namespace weir
