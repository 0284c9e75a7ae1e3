// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <span>

#include "kernels/predict/box_history.hpp"

namespace weir {

/// How many frames ahead predictors are made for; further ahead they go on in a straight line.
inline constexpr int kFarthestAhead = 5;

/// Where an object is expected. Sides are in the order left, top, right, bottom.
struct PredictedBox {
  Box box;
  std::array<float, 4> sigma{};   ///< standard deviation of each side in pixels; 0 where the predictor knows none
  std::array<float, 4> margin{};  ///< by how many pixels to widen each side so that 99 % of objects are wholly inside
};

/// The box widened by its margins.
inline Box widened(const PredictedBox& p) {
  return {p.box.left - p.margin[0], p.box.top - p.margin[1], p.box.right + p.margin[2], p.box.bottom + p.margin[3]};
}

/// Tells where the objects of a history will be. Thread-compatible; one object per stream.
class BoxPredictor {
 public:
  virtual ~BoxPredictor() = default;

  /// Takes in the present frame of the history; to be called once after each of its advance(). A history that was reset
  /// needs no call: places that hold new objects are told by their first box.
  virtual void observe(const BoxHistory& history) = 0;

  /// Where the object at `place`, which is not free, will be `ahead` frames (1 and up) after the history's present one;
  /// that may be outside the frame. The history is the one last observed.
  virtual PredictedBox predict(const BoxHistory& history, std::size_t place, int ahead) const = 0;
};

/// `box` cut to the frame, never thinner than a pixel.
Box inside_frame(const Box& box, int width, int height);

}  // namespace weir
