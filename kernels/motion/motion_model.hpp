// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "kernels/base/random.hpp"
#include "kernels/geometry/box.hpp"

namespace weir {

/// A point of a frame and how far it went to the next one, in pixels of the frame.
struct FlowPoint {
  float x = 0, y = 0, dx = 0, dy = 0;
};

/// How the whole picture moved between two frames: every point by the shift of the centre, plus the growth times its
/// distance from the centre.
struct PictureMotion {
  bool known = false;              ///< false: nothing could be measured, and the rest is 0
  float shift_x = 0, shift_y = 0;  ///< of the centre, pixels of the frame
  float growth = 0;                ///< 0.01: everything is 1 % larger
  float center_x = 0, center_y = 0;
  int points = 0, agreeing = 0;  ///< followed, and moving as told

  float x_at(float x) const { return shift_x + growth * (x - center_x); }
  float y_at(float y) const { return shift_y + growth * (y - center_y); }
  /// Where a box goes if it moves with the picture.
  Box moved(const Box& b) const {
    return {b.left + x_at(b.left), b.top + y_at(b.top), b.right + x_at(b.right), b.bottom + y_at(b.bottom)};
  }
};

/// Fits the motion that most points agree with (RANSAC, Fischler and Bolles, CACM 24, 1981: 64 pairs, then least
/// squares over those within `tolerance` pixels). Not known with fewer than 8 agreeing points or less than a third of
/// all. The same points and the same state of `random` give the same motion. Keeps its memory. Thread-compatible.
class MotionFit {
 public:
  PictureMotion fit(std::span<const FlowPoint> points, float center_x, float center_y, float tolerance, Random& random);

 private:
  std::vector<char> agrees_;
};

}  // namespace weir
