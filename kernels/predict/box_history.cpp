// SPDX-License-Identifier: Apache-2.0
#include "kernels/predict/box_history.hpp"

#include <algorithm>
#include <cmath>

namespace weir {
namespace {

bool usable(const Box& b) {
  return std::isfinite(b.left) && std::isfinite(b.top) && std::isfinite(b.right) && std::isfinite(b.bottom) &&
         b.right > b.left && b.bottom > b.top;
}

bool before(const std::pair<std::int64_t, std::size_t>& entry, std::int64_t id) { return entry.first < id; }

}  // namespace

void BoxHistory::reset() {
  tracks_.clear();
  index_.clear();
  free_.clear();
}

std::size_t BoxHistory::find(std::int64_t id) const {
  const auto entry = std::lower_bound(index_.begin(), index_.end(), id, before);
  return entry != index_.end() && entry->first == id ? entry->second : kNone;
}

void BoxHistory::take(const IdentifiedBox& object) {
  const auto entry = std::lower_bound(index_.begin(), index_.end(), object.id, before);
  if (entry != index_.end() && entry->first == object.id) {
    TrackHistory& track = tracks_[entry->second];
    if (track.missed == 0) return;
    track.push({object.box, frame_});
    track.class_id = object.class_id;
    track.missed = 0;
    return;
  }
  if (free_.empty()) {
    free_.reserve(tracks_.size() + 1);  // so that ending a track allocates nothing
    free_.push_back(tracks_.size());
    tracks_.emplace_back();
  }
  const std::size_t place = free_.back();
  free_.pop_back();
  tracks_[place] = TrackHistory();
  tracks_[place].id = object.id;
  tracks_[place].class_id = object.class_id;
  tracks_[place].push({object.box, frame_});
  index_.insert(entry, {object.id, place});
}

void BoxHistory::expire() {
  std::erase_if(index_, [this](const Entry& entry) {
    if (tracks_[entry.second].missed <= most_missed_) return false;
    tracks_[entry.second].observed = 0;
    free_.push_back(entry.second);
    return true;
  });
}

void BoxHistory::skip(std::int64_t frames) {
  const std::int64_t steps = std::max<std::int64_t>(frames, 0);
  frame_ += steps;
  for (TrackHistory& track : tracks_) {
    track.missed = static_cast<int>(std::min<std::int64_t>(track.missed + steps, std::int64_t{most_missed_} + 1));
  }
  expire();
}

void BoxHistory::advance(std::span<const IdentifiedBox> objects, int width, int height) {
  if (width != width_ || height != height_) reset();
  width_ = width;
  height_ = height;
  ++frame_;
  for (TrackHistory& track : tracks_) ++track.missed;
  for (const IdentifiedBox& object : objects) {
    if (usable(object.box)) take(object);
  }
  expire();
}

}  // namespace weir
