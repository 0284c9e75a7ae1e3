// SPDX-License-Identifier: Apache-2.0
#include "kernels/predict/camera_correction.hpp"

#include <algorithm>

namespace weir {
namespace {

constexpr float kNewest = 0.2F;  // of each new frame in the running mean

}  // namespace

void CameraCorrection::add(const PictureMotion& motion, std::int64_t frame) {
  Step step;
  step.frame = frame;
  step.known = motion.known;
  if (count_ > 0) {
    step.frames = std::max<std::int64_t>(frame - back(0).frame, 1);
    step.usual = back(0).usual;
    step.usual_known = back(0).usual_known;
  } else {
    known_ = 0;
  }
  if (motion.known) {
    step.motion = {motion.shift_x, motion.shift_y};
    ++known_;
    const float share = std::max(kNewest, 1 / static_cast<float>(known_));  // a plain mean at first
    const auto frames = static_cast<float>(step.frames);
    step.usual.x += share * (motion.shift_x / frames - step.usual.x);
    step.usual.y += share * (motion.shift_y / frames - step.usual.y);
    step.usual_known = true;
  }
  steps_[count_++ % kKept] = step;
}

PixelShift CameraCorrection::between(std::int64_t from, std::int64_t to) const {
  const std::size_t kept = std::min(count_, kKept);
  PixelShift moved;
  float frames = 0;
  for (std::size_t i = 0; i < kept; ++i) {
    const Step& step = back(i);
    if (step.frame <= from) {
      if (!step.usual_known) return {};
      return {kShare * (moved.x - frames * step.usual.x), kShare * (moved.y - frames * step.usual.y)};
    }
    if (step.frame > to || !step.known) continue;
    moved.x += step.motion.x;
    moved.y += step.motion.y;
    frames += static_cast<float>(step.frames);
  }
  return {};
}

}  // namespace weir
