// SPDX-License-Identifier: Apache-2.0
#include "kernels/track/sort_tracker.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace weir {
namespace {

constexpr auto kTaken = static_cast<std::uint32_t>(-1);
constexpr float kScoreDecay = 0.9F;  // per frame without a detection

bool usable(const Detection& d, float least) {
  const Box& b = d.box;
  return std::isfinite(d.score) && d.score >= least && std::isfinite(b.left) && std::isfinite(b.top) &&
         std::isfinite(b.right) && std::isfinite(b.bottom) && b.right > b.left && b.bottom > b.top;
}

Status check_share(const char* name, float value) {
  if (value >= 0 && value <= 1) return {};
  return {Code::invalid,
          "tracker option " + std::string(name) + " is " + std::to_string(value) + "; give a value from 0 to 1"};
}

Status check_count(const char* name, long value, long least) {
  if (value >= least && value <= 100000) return {};
  return {Code::invalid, "tracker option " + std::string(name) + " is " + std::to_string(value) +
                             "; give a number from " + std::to_string(least) + " to 100000"};
}

}  // namespace

Result<SortTracker> SortTracker::create(const TrackerOptions& o) {
  for (Status s :
       {check_share("low_score", o.low_score), check_share("high_score", o.high_score),
        check_share("birth_score", o.birth_score), check_share("match", o.match), check_share("match_low", o.match_low),
        check_share("match_tentative", o.match_tentative), check_count("min_hits", o.min_hits, 1),
        check_count("max_missed", o.max_missed, 0), check_count("publish_missed", o.publish_missed, 0),
        check_count("max_objects", static_cast<long>(o.max_objects), 1)}) {
    if (!s) return fail(s.error());
  }
  if (o.low_score > o.high_score) {
    return fail(Code::invalid, "tracker option low_score " + std::to_string(o.low_score) + " is above high_score " +
                                   std::to_string(o.high_score) + "; lower one or raise the other");
  }
  return SortTracker(o);
}

void SortTracker::reset() {
  entries_.clear();
  published_.clear();
  last_id_ = 0;
  first_ = true;
}

// Time passes for every track.
void SortTracker::step() {
  for (Entry& e : entries_) {
    e.filter.predict(e.track.missed == 0);
    ++e.track.age;
    ++e.track.missed;
    e.track.score *= kScoreDecay;
    e.matched = false;
  }
}

// Splits the usable detections into high and low scores, best first, at most max_objects in all.
void SortTracker::select(std::span<const Detection> detections) {
  order_.clear();
  for (std::uint32_t i = 0; i < detections.size(); ++i) {
    if (usable(detections[i], options_.low_score)) order_.push_back(i);
  }
  std::sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) {
    return detections[a].score != detections[b].score ? detections[a].score > detections[b].score : a < b;
  });
  order_.resize(std::min(order_.size(), options_.max_objects));
  const auto first_low =
      std::ranges::find_if(order_, [&](std::uint32_t i) { return detections[i].score < options_.high_score; });
  high_.assign(order_.begin(), first_low);
  low_.assign(first_low, order_.end());
}

void SortTracker::take(Entry& entry, const Detection& detection) {
  entry.filter.update(detection.box);
  entry.track.score = detection.score;
  entry.track.class_id = detection.class_id;
  entry.track.missed = 0;
  entry.overlooked = 0;
  entry.matched = true;
  ++entry.hits;
}

// Pairs the entries in rows_ with the detections in `columns` and takes the matched ones out of `columns`.
void SortTracker::associate(std::span<const Detection> detections, std::vector<std::uint32_t>& columns, float least,
                            bool weigh_by_score) {
  if (rows_.empty() || columns.empty()) return;
  costs_.clear();
  groups_.start(rows_.size() + columns.size());
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    const Entry& e = entries_[rows_[r]];
    const Box box = e.filter.box();
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const Detection& d = detections[columns[c]];
      const float similarity = iou(box, d.box) * (weigh_by_score ? d.score : 1.F);
      const bool allowed =
          similarity >= least && similarity > 0 && (!options_.class_aware || d.class_id == e.track.class_id);
      costs_.push_back(allowed ? 1.0 - similarity : AssignmentSolver::kNoLimit);
      if (allowed) groups_.unite(r, rows_.size() + c);
    }
  }
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    if (groups_.first(r) == r) solve_group(detections, columns, r);
  }
  std::erase(columns, kTaken);
}

// Objects far apart do not compete: each group of those that do is a small problem of its own.
void SortTracker::solve_group(std::span<const Detection> detections, std::vector<std::uint32_t>& columns,
                              std::size_t group) {
  group_rows_.clear();
  group_columns_.clear();
  for (std::uint32_t r = 0; r < rows_.size(); ++r) {
    if (groups_.first(r) == group) group_rows_.push_back(r);
  }
  for (std::uint32_t c = 0; c < columns.size(); ++c) {
    if (groups_.first(rows_.size() + c) == group) group_columns_.push_back(c);
  }
  group_costs_.clear();
  for (const std::uint32_t r : group_rows_) {
    for (const std::uint32_t c : group_columns_) group_costs_.push_back(costs_[r * columns.size() + c]);
  }
  const auto pairs = solver_.solve(group_costs_, group_rows_.size(), group_columns_.size());
  for (std::size_t i = 0; i < group_rows_.size(); ++i) {
    if (pairs[i] == AssignmentSolver::kNone) continue;
    std::uint32_t& column = columns[group_columns_[static_cast<std::size_t>(pairs[i])]];
    take(entries_[rows_[group_rows_[i]]], detections[column]);
    column = kTaken;
  }
}

// After a frame with a detector: confirms, and ends what has gone.
void SortTracker::settle() {
  for (Entry& e : entries_) {
    e.seen = e.matched;
    if (!e.matched) ++e.overlooked;
    if (e.confirmed || !e.matched || e.hits < options_.min_hits) continue;
    e.confirmed = true;
    e.track.id = ++last_id_;
  }
  std::erase_if(entries_, [&](const Entry& e) { return !e.confirmed && !e.matched; });
}

void SortTracker::give_birth(std::span<const Detection> detections) {
  for (const std::uint32_t i : high_) {
    const Detection& d = detections[i];
    if (d.score < options_.birth_score) break;  // best first
    if (entries_.size() >= options_.max_objects) break;
    Entry& e = entries_.emplace_back(Entry{KalmanBox(d.box), Track{d.box, d.score, d.class_id}});
    e.matched = true;
    // Nothing can have come before the first frame, so its objects need no second look.
    e.confirmed = first_ || options_.min_hits == 1;
    if (e.confirmed) e.track.id = ++last_id_;
  }
}

std::span<const Track> SortTracker::publish() {
  std::erase_if(entries_, [&](const Entry& e) { return e.track.missed > options_.max_missed; });
  published_.clear();
  for (Entry& e : entries_) {
    e.track.box = e.filter.box();
    if (e.confirmed && e.overlooked <= options_.publish_missed) published_.push_back(e.track);
  }
  std::sort(published_.begin(), published_.end(), [](const Track& a, const Track& b) { return a.id < b.id; });
  return published_;
}

std::span<const Track> SortTracker::update(std::span<const Detection> detections) {
  step();
  select(detections);
  const auto rows = [&](auto&& wanted) {
    rows_.clear();
    for (std::uint32_t i = 0; i < entries_.size(); ++i) {
      if (wanted(entries_[i])) rows_.push_back(i);
    }
  };
  rows([](const Entry& e) { return e.confirmed; });
  associate(detections, high_, options_.match, true);
  // A low score is believed only where an object was a moment ago.
  rows([](const Entry& e) { return e.confirmed && !e.matched && e.seen; });
  associate(detections, low_, options_.match_low, false);
  rows([](const Entry& e) { return !e.confirmed; });
  associate(detections, high_, options_.match_tentative, true);
  settle();
  give_birth(detections);
  first_ = false;
  return publish();
}

std::span<const Track> SortTracker::advance(int frames) {
  // Once max_missed frames have passed without a detection nothing is left to predict.
  const int steps = std::clamp(frames, 0, options_.max_missed + 1);
  for (int i = 0; i < steps; ++i) step();
  return publish();
}

}  // namespace weir
