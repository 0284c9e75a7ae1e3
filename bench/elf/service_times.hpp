// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>

#include "kernels/base/status.hpp"
#include "pipeline/payloads.hpp"

namespace weir::bench {

/// What infer.detector takes on this machine for an image at native resolution, by itself and compiled for its size.
/// Immutable once measured.
class ServiceTimes {
 public:
  /// Measures a model at some sizes: of a few runs each the fastest counts, so that other programs do not.
  static Result<ServiceTimes> measure(const std::string& model);

  /// Milliseconds for this image, between the measured sizes by its padded pixels.
  double ms(const Frame& image) const;

  /// Of a whole KITTI frame.
  double whole_ms() const { return points_.back().ms; }

 private:
  struct Point {
    double pixels = 0, ms = 0;
  };
  std::array<Point, 5> points_;  // by pixels
};

}  // namespace weir::bench
