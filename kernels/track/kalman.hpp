// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

#include "kernels/geometry/box.hpp"

namespace weir {

/// A constant-velocity Kalman filter over a box's centre x, centre y, width and height, one step per frame.
///
/// Noise grows with the box, as in DeepSORT and ByteTrack (Zhang et al., ECCV 2022): standard deviations of 1/20 of the
/// side for positions and 1/160 for velocities. With diagonal noise the four coordinates never mix, so the 8x8 filter
/// is kept as four 2x2 ones, side by side in vectors. Allocates nothing. Thread-compatible.
class KalmanBox {
 public:
  /// Starts at `box`, which must be finite and not empty, at rest and with unknown velocity.
  explicit KalmanBox(const Box& box);

  /// One frame on. An unseen object keeps its size: only its centre moves.
  void predict(bool seen = true);

  /// Takes in a measured box, finite and not empty.
  void update(const Box& box);

  /// The estimate; sides are at least 1e-3 pixels.
  Box box() const;

  /// Pixels per frame: centre x, centre y, width, height.
  const Eigen::Array4d& velocity() const { return velocity_; }

  /// Standard deviations of centre x, centre y, width and height in pixels.
  Eigen::Array4d sigma() const { return variance_.sqrt(); }

 private:
  Eigen::Array4d sides() const;  // what the noise of each coordinate is measured in

  Eigen::Array4d position_;  // centre x, centre y, width, height
  Eigen::Array4d velocity_;
  Eigen::Array4d variance_;    // of the position
  Eigen::Array4d covariance_;  // of position and velocity
  Eigen::Array4d velocity_variance_;
};

}  // namespace weir
