// SPDX-License-Identifier: Apache-2.0
#include "stages/propose/proposer.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

namespace weir {
namespace {

constexpr float kMostPixels = 1e6F;
constexpr float kLeastSide = 1;
// The networks have learned from cars and people alone; whatever else there is counts as a car.
constexpr std::int32_t kVehicle = 1, kPerson = 2;
constexpr std::array<std::string_view, 6> kPersons{"person",     "pedestrian",     "person_sitting",
                                                   "Pedestrian", "Person_sitting", "Person"};

/// Whether all sides are numbers that pixels can have, and the right way round.
bool sound(const Box& b) {
  for (const float side : {b.left, b.top, b.right, b.bottom}) {
    if (!(std::abs(side) <= kMostPixels)) return false;
  }
  return b.right > b.left && b.bottom > b.top;
}

/// `box` cut to the frame; whether at least a pixel of it is left.
bool cut(Box& box, int width, int height) {
  if (!sound(box)) return false;
  box = clip(box, static_cast<float>(width), static_cast<float>(height));
  return box.width() >= kLeastSide && box.height() >= kLeastSide;
}

float usable(float margin, float limit) { return margin >= 0 ? std::min(margin, limit) : limit; }

}  // namespace

Proposer::Proposer(std::unique_ptr<BoxPredictor> predictor, const ProposerOptions& options)
    : predictor_(std::move(predictor)), options_(options), history_(options.max_missed) {}

void Proposer::learn_classes(const ClassNamesPtr& classes) {
  if (classes == classes_) return;
  classes_ = classes;
  network_classes_.clear();
  if (!classes) return;
  for (const std::string& name : *classes) {
    network_classes_.push_back(std::ranges::find(kPersons, name) != kPersons.end() ? kPerson : kVehicle);
  }
}

std::int32_t Proposer::network_class(std::int32_t class_id) const {
  const auto at = static_cast<std::size_t>(class_id);  // a negative one is beyond all
  return at < network_classes_.size() ? network_classes_[at] : kVehicle;
}

void Proposer::take_in(const Tracks& tracks, int width, int height) {
  best_.clear();
  for (Track track : tracks.items) {
    if (track.missed > 0 || std::isnan(track.score) || !cut(track.box, width, height)) continue;
    best_.push_back(track);
  }
  const auto better = [](const Track& a, const Track& b) {
    return a.score != b.score ? a.score > b.score : a.id < b.id;
  };
  if (best_.size() > options_.max_regions) {
    const auto end = best_.begin() + static_cast<std::ptrdiff_t>(options_.max_regions);
    std::nth_element(best_.begin(), end, best_.end(), better);
    best_.erase(end, best_.end());
  }
  boxes_.clear();
  for (const Track& track : best_) boxes_.push_back({track.box, track.id, network_class(track.class_id)});
}

void Proposer::observe(const Tracks& tracks, std::int64_t frame, int width, int height) {
  if (frame <= seen_frame_ || width < 1 || height < 1) return;
  const bool told = tracks.frame_width > 0 && tracks.frame_height > 0;
  if (told && (tracks.frame_width != width || tracks.frame_height != height)) {
    history_.reset();
    return;
  }
  learn_classes(tracks.classes);
  take_in(tracks, width, height);
  if (seen_frame_ >= 0) history_.skip(frame - seen_frame_ - 1);
  seen_frame_ = frame;
  history_.advance(boxes_, width, height);
  known_.resize(history_.tracks().size());
  for (const Track& track : best_) {
    const std::size_t place = history_.find(track.id);
    if (place != BoxHistory::kNone) known_[place] = {track.score, track.class_id};
  }
  predictor_->observe(history_);
}

void Proposer::look(const ImageView& image, std::int64_t frame) {
  if (!options_.camera_motion) return;
  correction_.add(camera_.next(image, last_boxes_), frame);
}

void Proposer::propose(std::int64_t frame, int width, int height, Regions& out) {
  out.items.clear();
  last_boxes_.clear();
  if (width != history_.width() || height != history_.height()) return;
  const std::int64_t ahead = std::max<std::int64_t>(frame - seen_frame_, 1);
  if (ahead > options_.max_ahead) return;
  const PixelShift camera = correction_.between(seen_frame_, frame);
  candidates_.clear();
  for (std::size_t place = 0; place < history_.tracks().size(); ++place) {
    const TrackHistory& track = history_.tracks()[place];
    if (track.observed == 0) continue;
    PredictedBox predicted = shifted_by(predictor_->predict(history_, place, static_cast<int>(ahead)), camera);
    if (!cut(predicted.box, width, height)) continue;
    const auto limit = static_cast<float>(std::max(width, height));
    for (float& sigma : predicted.sigma) sigma = usable(sigma, limit);
    for (float& margin : predicted.margin) margin = usable(margin, limit);
    candidates_.push_back({{predicted.box, known_[place].class_id, track.id, predicted.sigma, predicted.margin},
                           track.missed,
                           known_[place].score});
  }
  if (candidates_.size() > options_.max_regions) {
    const auto end = candidates_.begin() + static_cast<std::ptrdiff_t>(options_.max_regions);
    std::nth_element(candidates_.begin(), end, candidates_.end(), [](const Candidate& a, const Candidate& b) {
      if (a.missed != b.missed) return a.missed < b.missed;
      return a.score != b.score ? a.score > b.score : a.region.track_id < b.region.track_id;
    });
    candidates_.erase(end, candidates_.end());
  }
  for (const Candidate& candidate : candidates_) {
    out.items.push_back(candidate.region);
    last_boxes_.push_back(candidate.region.box);
  }
}

}  // namespace weir
