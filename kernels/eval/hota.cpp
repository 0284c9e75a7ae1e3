// SPDX-License-Identifier: Apache-2.0
#include "kernels/eval/hota.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <vector>

namespace weir {
namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

double threshold(std::size_t index) { return 0.05 * static_cast<double>(index + 1); }

double detection_accuracy(const HotaCounts& counts) {
  const std::size_t boxes = counts.hits + counts.misses + counts.false_alarms;
  return boxes > 0 ? static_cast<double>(counts.hits) / static_cast<double>(boxes) : 0;
}

double association_accuracy(const HotaCounts& counts) {
  return counts.hits > 0 ? counts.association_sum / static_cast<double>(counts.hits) : 0;
}

template <typename Score>
double average(const std::array<HotaCounts, HotaScores::kThresholds>& at, Score score) {
  double sum = 0;
  for (const HotaCounts& counts : at) sum += score(counts);
  return 100.0 * sum / static_cast<double>(HotaScores::kThresholds);
}

/// Boxes of each track, and how well each truth track is aligned with each result track.
struct Alignment {
  std::vector<double> truth_boxes;
  std::vector<double> result_boxes;
  std::vector<double> score;  // truth tracks x result tracks, in [0, 1]
};

// Adds each pair's overlap, relative to all overlaps that its two boxes have in this frame.
void add_overlap_shares(const TrackingFrame& frame, std::size_t result_tracks, std::vector<double>& shares) {
  const std::size_t rows = frame.truth.size(), columns = frame.results.size();
  std::vector<double> row_sum(rows, 0.0), column_sum(columns, 0.0);
  for (std::size_t k = 0; k < rows * columns; ++k) {
    row_sum[k / columns] += frame.overlap[k];
    column_sum[k % columns] += frame.overlap[k];
  }
  for (std::size_t k = 0; k < rows * columns; ++k) {
    const double all = row_sum[k / columns] + column_sum[k % columns] - frame.overlap[k];
    if (all <= kEpsilon) continue;
    shares[frame.truth[k / columns] * result_tracks + frame.results[k % columns]] += frame.overlap[k] / all;
  }
}

Alignment align(const TrackingData& data) {
  Alignment alignment;
  alignment.truth_boxes.assign(data.truth_tracks, 0.0);
  alignment.result_boxes.assign(data.result_tracks, 0.0);
  alignment.score.assign(data.truth_tracks * data.result_tracks, 0.0);
  for (const TrackingFrame& frame : data.frames) {
    for (const std::size_t track : frame.truth) alignment.truth_boxes[track] += 1;
    for (const std::size_t track : frame.results) alignment.result_boxes[track] += 1;
    add_overlap_shares(frame, data.result_tracks, alignment.score);
  }
  for (std::size_t k = 0; k < alignment.score.size(); ++k) {
    const double boxes = alignment.truth_boxes[k / data.result_tracks] + alignment.result_boxes[k % data.result_tracks];
    alignment.score[k] /= boxes - alignment.score[k];
  }
  return alignment;
}

class Matcher {
 public:
  Matcher(const TrackingData& data, AssignmentSolver& solver)
      : alignment_(align(data)), result_tracks_(data.result_tracks), solver_(solver) {}

  void match(const TrackingFrame& frame) {
    costs_.resize(frame.overlap.size());
    std::size_t k = 0;
    for (const std::size_t truth : frame.truth) {
      for (const std::size_t result : frame.results) {
        costs_[k] = -alignment_.score[truth * result_tracks_ + result] * frame.overlap[k];
        ++k;
      }
    }
    for (HotaCounts& counts : scores_.at) {
      counts.misses += frame.truth.size();
      counts.false_alarms += frame.results.size();
    }
    const std::span<const int> partner = solver_.solve(costs_, frame.truth.size(), frame.results.size(), 0.0);
    for (std::size_t i = 0; i < frame.truth.size(); ++i) {
      if (partner[i] == AssignmentSolver::kNone) continue;
      const auto j = static_cast<std::size_t>(partner[i]);
      hit(frame.truth[i] * result_tracks_ + frame.results[j], frame.overlap[i * frame.results.size() + j]);
    }
  }

  HotaScores finish() {
    for (const auto& [pair, together] : meetings_) {
      const double boxes =
          alignment_.truth_boxes[pair / result_tracks_] + alignment_.result_boxes[pair % result_tracks_];
      for (std::size_t a = 0; a < HotaScores::kThresholds; ++a) {
        scores_.at[a].association_sum += together[a] * together[a] / (boxes - together[a]);
      }
    }
    return scores_;
  }

 private:
  void hit(std::size_t pair, double overlap) {
    auto& together = meetings_[pair];
    for (std::size_t a = 0; a < HotaScores::kThresholds && overlap >= threshold(a) - kEpsilon; ++a) {
      HotaCounts& counts = scores_.at[a];
      ++counts.hits;
      --counts.misses;
      --counts.false_alarms;
      counts.overlap_sum += overlap;
      together[a] += 1;
    }
  }

  Alignment alignment_;
  std::size_t result_tracks_;
  std::map<std::size_t, std::array<double, HotaScores::kThresholds>> meetings_;  // hits of each pair of tracks
  std::vector<double> costs_;
  HotaScores scores_;
  AssignmentSolver& solver_;
};

}  // namespace

double HotaScores::hota() const {
  return average(at, [](const HotaCounts& c) { return std::sqrt(detection_accuracy(c) * association_accuracy(c)); });
}
double HotaScores::det_a() const { return average(at, detection_accuracy); }
double HotaScores::ass_a() const { return average(at, association_accuracy); }
double HotaScores::loc_a() const {
  return average(at, [](const HotaCounts& c) { return c.hits > 0 ? c.overlap_sum / static_cast<double>(c.hits) : 1; });
}

HotaScores& HotaScores::operator+=(const HotaScores& other) {
  for (std::size_t a = 0; a < kThresholds; ++a) {
    at[a].hits += other.at[a].hits;
    at[a].misses += other.at[a].misses;
    at[a].false_alarms += other.at[a].false_alarms;
    at[a].association_sum += other.at[a].association_sum;
    at[a].overlap_sum += other.at[a].overlap_sum;
  }
  return *this;
}

HotaScores hota_scores(const TrackingData& data, AssignmentSolver& solver) {
  Matcher matcher(data, solver);
  for (const TrackingFrame& frame : data.frames) matcher.match(frame);
  return matcher.finish();
}

}  // namespace weir
