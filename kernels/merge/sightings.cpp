// SPDX-License-Identifier: Apache-2.0
#include "kernels/merge/sightings.hpp"

#include <algorithm>

namespace weir {

namespace {

// Coarse boxes are off by several pixels, and the object moves until the answer is there.
bool same_object(const Box& a, const Box& b) {
  constexpr float kIou = 0.3F;
  constexpr float kContained = 0.7F;
  constexpr float kSimilar = 0.3F;  // sizes: a small thing before a large one is another
  const auto [small, large] = std::minmax(a.area(), b.area());
  return iou(a, b) > kIou || (intersect(a, b).area() > kContained * small && small > kSimilar * large);
}

bool covers(const Box& area, const Box& box) {
  constexpr float kCovered = 0.9F;
  return intersect(area, box).area() > kCovered * box.area();
}

}  // namespace

void Sightings::note(std::uint64_t frame, std::span<const Detection> boxes, std::span<const Box> areas) {
  latest_ = frame;
  Sighting& sighting = frames_[frame % kFrames];
  sighting.frame = frame;
  sighting.noted = true;
  sighting.boxes.clear();
  for (const Detection& d : boxes) sighting.boxes.push_back(d.box);
  sighting.areas.assign(areas.begin(), areas.end());
}

void Sightings::add(const Detection& box) { frames_[latest_ % kFrames].boxes.push_back(box.box); }

bool Sightings::account_for(const Box& box, std::uint64_t frame) const {
  if (frame > latest_ || latest_ - frame >= kFrames) return true;
  return std::any_of(frames_.begin(), frames_.end(), [&](const Sighting& s) {
    if (!s.noted || s.frame < frame || latest_ - s.frame >= kFrames) return false;
    const bool looked = s.frame == frame || s.frame == latest_;
    return std::any_of(s.boxes.begin(), s.boxes.end(), [&](const Box& b) { return same_object(b, box); }) ||
           (looked && std::any_of(s.areas.begin(), s.areas.end(), [&](const Box& a) { return covers(a, box); }));
  });
}

void Sightings::clear() {
  for (Sighting& sighting : frames_) sighting.noted = false;
  latest_ = 0;
}

}  // namespace weir
