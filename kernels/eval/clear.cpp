// SPDX-License-Identifier: Apache-2.0
#include "kernels/eval/clear.hpp"

#include <limits>
#include <vector>

namespace weir {
namespace {

constexpr double kMatchOverlap = 0.5;
constexpr double kKeepPair = 1000;  // above any sum of overlaps in a frame
constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
constexpr std::size_t kNobody = std::numeric_limits<std::size_t>::max();

double percent(double part, std::size_t whole) { return whole > 0 ? 100.0 * part / static_cast<double>(whole) : 0; }

/// What has happened to one truth track so far.
struct Life {
  std::size_t frames = 0;
  std::size_t hits = 0;
  std::size_t starts = 0;               // times it was hit after a frame in which it was not
  std::size_t last_partner = kNobody;   // of its latest hit
  std::size_t frame_partner = kNobody;  // in the latest frame with both truth and results
};

class Follower {
 public:
  Follower(const TrackingData& data, AssignmentSolver& solver) : lives_(data.truth_tracks), solver_(solver) {}

  void follow(const TrackingFrame& frame) {
    for (const std::size_t track : frame.truth) ++lives_[track].frames;
    if (frame.truth.empty() || frame.results.empty()) {
      scores_.misses += frame.truth.size();
      scores_.false_alarms += frame.results.size();
      return;
    }
    const std::span<const int> partner = pair(frame);
    std::size_t hits = 0;
    tracked_.assign(lives_.size(), kNobody);
    for (std::size_t i = 0; i < frame.truth.size(); ++i) {
      if (partner[i] == AssignmentSolver::kNone) continue;
      const auto j = static_cast<std::size_t>(partner[i]);
      ++hits;
      scores_.overlap_sum += frame.overlap[i * frame.results.size() + j];
      tracked_[frame.truth[i]] = frame.results[j];
    }
    for (std::size_t track = 0; track < lives_.size(); ++track) update(lives_[track], tracked_[track]);
    scores_.hits += hits;
    scores_.misses += frame.truth.size() - hits;
    scores_.false_alarms += frame.results.size() - hits;
  }

  ClearScores finish() {
    for (const Life& life : lives_) {
      const double share = life.frames > 0 ? static_cast<double>(life.hits) / static_cast<double>(life.frames) : 0;
      ++(share > 0.8 ? scores_.mostly_tracked : share >= 0.2 ? scores_.partly_tracked : scores_.mostly_lost);
      if (life.starts > 1) scores_.fragments += life.starts - 1;
    }
    return scores_;
  }

 private:
  std::span<const int> pair(const TrackingFrame& frame) {
    costs_.resize(frame.overlap.size());
    std::size_t k = 0;
    for (const std::size_t track : frame.truth) {
      for (const std::size_t result : frame.results) {
        const double bonus = lives_[track].frame_partner == result ? kKeepPair : 0;
        costs_[k] = frame.overlap[k] >= kMatchOverlap - kEpsilon ? -(bonus + frame.overlap[k]) : 0.0;
        ++k;
      }
    }
    return solver_.solve(costs_, frame.truth.size(), frame.results.size(), 0.0);
  }

  void update(Life& life, std::size_t partner) {
    if (partner != kNobody) {
      ++life.hits;
      if (life.frame_partner == kNobody) ++life.starts;
      if (life.last_partner != kNobody && life.last_partner != partner) ++scores_.switches;
      life.last_partner = partner;
    }
    life.frame_partner = partner;
  }

  std::vector<Life> lives_;
  std::vector<std::size_t> tracked_;
  std::vector<double> costs_;
  ClearScores scores_;
  AssignmentSolver& solver_;
};

}  // namespace

double ClearScores::mota() const {
  const double right = static_cast<double>(hits) - static_cast<double>(false_alarms) - static_cast<double>(switches);
  return percent(right, hits + misses);
}
double ClearScores::motp() const { return percent(overlap_sum, hits); }
double ClearScores::recall() const { return percent(static_cast<double>(hits), hits + misses); }
double ClearScores::precision() const { return percent(static_cast<double>(hits), hits + false_alarms); }

ClearScores& ClearScores::operator+=(const ClearScores& other) {
  hits += other.hits;
  misses += other.misses;
  false_alarms += other.false_alarms;
  switches += other.switches;
  mostly_tracked += other.mostly_tracked;
  partly_tracked += other.partly_tracked;
  mostly_lost += other.mostly_lost;
  fragments += other.fragments;
  overlap_sum += other.overlap_sum;
  return *this;
}

ClearScores clear_scores(const TrackingData& data, AssignmentSolver& solver) {
  Follower follower(data, solver);
  for (const TrackingFrame& frame : data.frames) follower.follow(frame);
  return follower.finish();
}

}  // namespace weir
