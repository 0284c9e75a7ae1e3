// SPDX-License-Identifier: Apache-2.0
#include "kernels/eval/tracking_scores.hpp"

#include "kernels/eval/tracking_data.hpp"
#include "kernels/geometry/assignment.hpp"

namespace weir {

TrackingScores& TrackingScores::operator+=(const TrackingScores& other) {
  hota += other.hota;
  clear += other.clear;
  identity += other.identity;
  return *this;
}

Result<TrackingReport> evaluate_tracking(std::span<const Sequence> sequences, std::string_view type) {
  TrackingReport report;
  AssignmentSolver solver;
  for (const Sequence& sequence : sequences) {
    const Result<TrackingData> data = prepare_tracking(sequence, type, solver);
    if (!data) return fail(data.error());
    const TrackingScores scores{hota_scores(*data, solver), clear_scores(*data, solver),
                                identity_scores(*data, solver)};
    report.combined += scores;
    report.per_sequence.push_back(scores);
  }
  return report;
}

}  // namespace weir
