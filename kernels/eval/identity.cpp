// SPDX-License-Identifier: Apache-2.0
#include "kernels/eval/identity.hpp"

#include <vector>

namespace weir {
namespace {

constexpr double kMatchOverlap = 0.5;

double percent(std::size_t part, double whole) { return whole > 0 ? 100.0 * static_cast<double>(part) / whole : 0; }

}  // namespace

double IdentityScores::idf1() const { return percent(2 * hits, static_cast<double>(2 * hits + misses + false_alarms)); }
double IdentityScores::recall() const { return percent(hits, static_cast<double>(hits + misses)); }
double IdentityScores::precision() const { return percent(hits, static_cast<double>(hits + false_alarms)); }

IdentityScores& IdentityScores::operator+=(const IdentityScores& other) {
  hits += other.hits;
  misses += other.misses;
  false_alarms += other.false_alarms;
  return *this;
}

IdentityScores identity_scores(const TrackingData& data, AssignmentSolver& solver) {
  // The cost of pairing two tracks is minus the number of frames in which they meet: the pairing with the fewest misses
  // and false alarms is the one with the most meetings.
  std::vector<double> costs(data.truth_tracks * data.result_tracks, 0.0);
  for (const TrackingFrame& frame : data.frames) {
    std::size_t k = 0;
    for (const std::size_t truth : frame.truth) {
      for (const std::size_t result : frame.results) {
        if (frame.overlap[k++] >= kMatchOverlap) costs[truth * data.result_tracks + result] -= 1.0;
      }
    }
  }
  const std::span<const int> partner = solver.solve(costs, data.truth_tracks, data.result_tracks, 0.0);
  IdentityScores scores;
  for (std::size_t truth = 0; truth < data.truth_tracks; ++truth) {
    if (partner[truth] == AssignmentSolver::kNone) continue;
    scores.hits +=
        static_cast<std::size_t>(-costs[truth * data.result_tracks + static_cast<std::size_t>(partner[truth])]);
  }
  scores.misses = data.truth_boxes - scores.hits;
  scores.false_alarms = data.result_boxes - scores.hits;
  return scores;
}

}  // namespace weir
