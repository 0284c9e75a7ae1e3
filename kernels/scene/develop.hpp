// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/image/image_view.hpp"
#include "kernels/scene/canvas.hpp"

namespace weir::scene {

/// Turns a canvas into an image as a sensor gives it: packs the pixels and adds noise. Thread-compatible.
class Sensor {
 public:
  /// `deviation` in grey levels, 0 to 30; the same seed gives the same noise.
  Sensor(int width, double deviation, std::uint64_t seed);

  /// Writes the part of `canvas` that `out` holds. Each frame and row takes another stretch of the noise.
  void develop(const Canvas& canvas, std::uint64_t frame, MutableImageView out);

 private:
  std::uint64_t seed_;
  std::vector<std::int8_t> noise_;  ///< empty: no noise
  std::vector<std::uint8_t> line_;  ///< one packed row before the noise
};

}  // namespace weir::scene
