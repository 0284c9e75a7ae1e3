// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <span>
#include <vector>

#include "kernels/motion/luma.hpp"
#include "kernels/motion/motion_model.hpp"
#include "kernels/motion/patch_flow.hpp"

namespace weir {

/// Measures how the camera moved from frame to frame: follows one textured patch in each cell of a grid through small
/// grey pictures, coarse to fine, and fits the motion of the whole picture to them.
///
/// Nothing is known of the first frame, of one without pixels, without texture or of another size than the one before,
/// and where the patches do not agree. Objects that move by themselves may be left out. Finds moves of up
/// to an eighth of the width. Deterministic. Keeps its memory. Thread-compatible; one object per stream.
class CameraMotion {
 public:
  /// One frame on: the motion from the frame before to this one. No patch is taken from within `objects`, boxes of the
  /// frame before.
  const PictureMotion& next(const ImageView& frame, std::span<const Box> objects = {});

  const PictureMotion& motion() const { return motion_; }

  /// The patches that were followed, from the frame before to this one.
  std::span<const FlowPoint> points() const { return points_; }

  /// Forgets the frame before.
  void reset();

 private:
  static constexpr std::size_t kLevels = 3;
  using Pyramid = std::array<LumaImage, kLevels>;

  void mask(std::span<const Box> objects);
  void follow_cells();
  void follow_cell(int first_column, int first_row, PixelShift coarse);

  LumaReducer reducer_;
  TextureMap texture_;
  Pyramid before_, now_;
  std::vector<char> masked_;  // pixels of before_[0]
  std::vector<FlowPoint> points_;
  MotionFit fit_;
  PictureMotion motion_;
};

}  // namespace weir
