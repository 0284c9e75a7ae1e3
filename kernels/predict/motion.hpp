// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/predict/predictor.hpp"

namespace weir {

/// The mean change of each side over the last `steps` boxes of a track, in pixels per frame; fewer where the track is
/// younger, and nothing moves where it has one box.
Box mean_velocity(const TrackHistory& track, std::size_t steps);

/// The box stays where it is (`steps` 0), or goes on with its mean velocity over the last `steps` steps, 1 to 7.
class MotionPredictor final : public BoxPredictor {
 public:
  explicit MotionPredictor(std::size_t steps) : steps_(steps) {}

  void observe(const BoxHistory&) override {}
  PredictedBox predict(const BoxHistory& history, std::size_t place, int ahead) const override;

 private:
  std::size_t steps_;
};

}  // namespace weir
