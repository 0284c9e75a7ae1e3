// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "kernels/motion/motion_model.hpp"
#include "kernels/motion/patch_flow.hpp"
#include "kernels/predict/predictor.hpp"

namespace weir {

/// Tells by how much predictions are to be shifted because the camera moved otherwise than it used to.
///
/// Predictors know the past from boxes, so they expect the camera to go on as it did on average. What it really did
/// since the boxes' frame is measured in the pictures; a share of the difference is added. Kept are a running mean of
/// the motion (a fifth of each new frame) and the last 32 frames. Thread-compatible; one object per stream.
class CameraCorrection {
 public:
  /// Of the difference between measured and usual motion; less than all of it, because the measurement has errors and
  /// predictors foresee some of it. Chosen on KITTI tracking 0002, frames 0-66.
  static constexpr float kShare = 0.3F;

  /// The motion up to frame `frame` since the frame that was told before; frames in ascending order.
  void add(const PictureMotion& motion, std::int64_t frame);

  /// The shift in pixels for a prediction of frame `to` from boxes of frame `from`. Frames whose motion is not known
  /// count as usual; without any known up to `from` there is no shift.
  PixelShift between(std::int64_t from, std::int64_t to) const;

  void reset() { count_ = 0; }

 private:
  static constexpr std::size_t kKept = 32;

  struct Step {
    std::int64_t frame = 0, frames = 1;  ///< how many frames the motion spans
    bool known = false, usual_known = false;
    PixelShift motion, usual;  ///< usual: per frame, up to this one
  };

  const Step& back(std::size_t steps) const { return steps_[(count_ - 1 - steps) % kKept]; }

  std::array<Step, kKept> steps_{};
  std::size_t count_ = 0;
  std::size_t known_ = 0;
};

/// `predicted`, moved.
inline PredictedBox shifted_by(PredictedBox predicted, PixelShift shift) {
  Box& box = predicted.box;
  box = {box.left + shift.x, box.top + shift.y, box.right + shift.x, box.bottom + shift.y};
  return predicted;
}

}  // namespace weir
