// SPDX-License-Identifier: Apache-2.0
#include "kernels/predict/motion.hpp"

#include <algorithm>

namespace weir {
namespace {

constexpr float kLeastSide = 1;

void keep_inside(float& low, float& high, float limit) {
  low = std::clamp(low, 0.F, std::max(0.F, limit - kLeastSide));
  high = std::clamp(high, std::min(low + kLeastSide, limit), limit);
}

}  // namespace

Box inside_frame(const Box& box, int width, int height) {
  Box inside = box;
  keep_inside(inside.left, inside.right, static_cast<float>(width));
  keep_inside(inside.top, inside.bottom, static_cast<float>(height));
  return inside;
}

Box mean_velocity(const TrackHistory& track, std::size_t steps) {
  const std::size_t back = std::min(steps, track.size() - 1);
  if (back == 0) return {};
  const SeenBox &now = track.seen(0), &then = track.seen(back);
  const float scale = 1.F / static_cast<float>(now.frame - then.frame);
  return {(now.box.left - then.box.left) * scale, (now.box.top - then.box.top) * scale,
          (now.box.right - then.box.right) * scale, (now.box.bottom - then.box.bottom) * scale};
}

PredictedBox MotionPredictor::predict(const BoxHistory& history, std::size_t place, int ahead) const {
  const TrackHistory& track = history.tracks()[place];
  const Box v = mean_velocity(track, steps_), &now = track.box();
  const auto frames = static_cast<float>(ahead + track.missed);
  return {{now.left + frames * v.left, now.top + frames * v.top, now.right + frames * v.right,
           now.bottom + frames * v.bottom}};
}

}  // namespace weir
