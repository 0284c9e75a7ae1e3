// SPDX-License-Identifier: Apache-2.0
#include "kernels/predict/fixed_margins.hpp"

#include <algorithm>

namespace weir {

PredictedBox PredictorWithMargins::predict(const BoxHistory& history, std::size_t place, int ahead) const {
  const TrackHistory& track = history.tracks()[place];
  PredictedBox predicted = inner_->predict(history, place, ahead);
  const int frames = ahead + track.missed, known = std::min(frames, kFarthestAhead);
  const float farther = static_cast<float>(frames) / static_cast<float>(known);
  const auto at = static_cast<std::size_t>(known) - 1;
  for (std::size_t side = 0; side < 4; ++side) {
    const float unit = farther * (side % 2 == 0 ? track.box().width() : track.box().height());
    predicted.sigma[side] = unit * margins_.sigma[at];
    predicted.margin[side] = unit * margins_.margin[at];
  }
  return predicted;
}

}  // namespace weir
