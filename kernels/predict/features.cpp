// SPDX-License-Identifier: Apache-2.0
#include "kernels/predict/features.hpp"

#include <algorithm>
#include <cmath>

namespace weir {
namespace {

constexpr float kChangeScale = 10, kLimit = 5;
constexpr float kBorder = 2;  // pixels from the border that count as touching it

enum Flow : std::size_t { kX, kY, kLogWidth, kLogHeight, kTurn, kNod, kApproach };

/// Puts the middle value and its two neighbours where sorting would put them: no more is asked for.
void sort_middle(std::vector<float>& values) {
  const auto half = static_cast<std::ptrdiff_t>(values.size() / 2);
  const auto begin = values.begin(), end = values.end(), middle = begin + half;
  if (values.size() < 2) return;
  std::nth_element(begin, middle, end);
  std::iter_swap(middle - 1, std::max_element(begin, middle));
  if (middle + 1 != end) std::iter_swap(middle + 1, std::min_element(middle + 1, end));
}

float limited(float value) { return std::clamp(value, -kLimit, kLimit); }

void place_features(BoxFeatures& f, std::size_t at, const TrackHistory& track, float width, float height) {
  const Box& box = track.box();
  f[at] = 2 * box.center_x() / width - 1;
  f[at + 1] = 2 * box.center_y() / height - 1;
  f[at + 2] = limited(std::log(box.width() / 80));
  f[at + 3] = limited(std::log(box.height() / 60));
  f[at + 4] = track.class_id == 1 ? 1 : 0;
  f[at + 5] = track.class_id == 2 ? 1 : 0;
  f[at + 6] = box.left < kBorder ? 1 : 0;
  f[at + 7] = box.right > width - kBorder ? 1 : 0;
  f[at + 8] = box.bottom > height - kBorder ? 1 : 0;
}

}  // namespace

// Seen from a camera that turns by angles and moves ahead past things that stand still, a point at (x, y) from the
// centre of the picture moves by the turn plus (x, y) times the growth of what is there; and growth goes with height.
void FeatureBuilder::measure(const BoxHistory& history) {
  moving_.clear();
  for (auto& flow : flows_) flow.clear();
  const float middle_x = 0.5F * static_cast<float>(history.width());
  const float middle_y = 0.5F * static_cast<float>(history.height());
  for (std::size_t place = 0; place < history.tracks().size(); ++place) {
    const TrackHistory& track = history.tracks()[place];
    if (track.observed < 2 || track.missed > 0 || track.gap() != 1) continue;
    moving_.push_back(place);
    const Box &now = track.box(), &then = track.seen(1).box;
    const float x = now.center_x() - then.center_x(), y = now.center_y() - then.center_y();
    const float log_height = std::log(now.height() / then.height());
    const std::array<float, kFlows> flow{x,
                                         y,
                                         std::log(now.width() / then.width()),
                                         log_height,
                                         x - (now.center_x() - middle_x) * log_height,
                                         y - (now.center_y() - middle_y) * log_height,
                                         log_height / now.height()};
    for (std::size_t i = 0; i < kFlows; ++i) flows_[i].push_back(flow[i]);
  }
  for (std::size_t i = 0; i < kFlows; ++i) {
    middle_[i].assign(flows_[i].begin(), flows_[i].end());
    sort_middle(middle_[i]);
  }
}

float FeatureBuilder::median_without(std::size_t flow, std::size_t i) const {
  const std::vector<float>& values = middle_[flow];
  const bool counts = i < moving_.size();
  const std::size_t others = values.size() - (counts ? 1 : 0);
  if (others == 0) return 0;
  const auto at = [&](std::size_t rank) {
    return values[!counts || values[rank] < flows_[flow][i] ? rank : rank + 1];  // its own value is passed over
  };
  return others % 2 == 1 ? at(others / 2) : 0.5F * (at(others / 2 - 1) + at(others / 2));
}

std::span<const BoxFeatures> FeatureBuilder::build(const BoxHistory& history) {
  measure(history);
  features_.assign(history.tracks().size(), {});
  const auto width = static_cast<float>(history.width()), height = static_cast<float>(history.height());
  std::size_t next = 0;  // in moving_
  for (std::size_t place = 0; place < features_.size(); ++place) {
    const TrackHistory& track = history.tracks()[place];
    if (track.observed == 0 || track.missed > 0) continue;
    const bool moves = next < moving_.size() && moving_[next] == place;
    const std::size_t self = moves ? next++ : moving_.size();
    const float w = track.box().width(), h = track.box().height();
    BoxFeatures& f = features_[place];
    if (track.observed > 1) {
      const Box &now = track.box(), &then = track.seen(1).box;
      const float scale = kChangeScale / static_cast<float>(track.gap());
      f[0] = limited(scale * (now.center_x() - then.center_x()) / w);
      f[1] = limited(scale * (now.center_y() - then.center_y()) / h);
      f[2] = limited(scale * std::log(w / then.width()));
      f[3] = limited(scale * std::log(h / then.height()));
    }
    f[4] = limited(kChangeScale * median_without(kX, self) / w);
    f[5] = limited(kChangeScale * median_without(kY, self) / h);
    f[6] = limited(kChangeScale * median_without(kLogWidth, self));
    f[7] = limited(kChangeScale * median_without(kLogHeight, self));
    f[8] = limited(kChangeScale * median_without(kTurn, self) / w);
    f[9] = limited(kChangeScale * median_without(kNod, self) / h);
    f[10] = limited(kChangeScale * median_without(kApproach, self) * h);
    const std::size_t others = moving_.size() - (moves ? 1 : 0);
    f[11] = static_cast<float>(std::min<std::size_t>(others, 8)) / 8;
    f[12] = static_cast<float>(std::min<std::int64_t>(track.gap() - 1, 4)) / 4;
    f[13] = track.observed == 1 ? 1 : 0;
    place_features(f, 14, track, width, height);
  }
  return features_;
}

}  // namespace weir
