// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/eval/clear.hpp"
#include "kernels/eval/eval_frame.hpp"
#include "kernels/eval/hota.hpp"
#include "kernels/eval/identity.hpp"

namespace weir {

/// The three families of tracking scores for one type of object.
struct TrackingScores {
  HotaScores hota;
  ClearScores clear;
  IdentityScores identity;
  TrackingScores& operator+=(const TrackingScores& other);
};

struct TrackingReport {
  std::vector<TrackingScores> per_sequence;  ///< in the order of the sequences
  TrackingScores combined;                   ///< from the counts of all sequences together
};

/// Scores the tracks of `type` (Car, Pedestrian, Cyclist; case does not count) in all sequences, as TrackEval does for
/// the KITTI 2D box benchmark. Memory grows with truth tracks times result tracks of the largest sequence. Errors:
/// those of prepare_tracking. Pure; safe from any thread.
Result<TrackingReport> evaluate_tracking(std::span<const Sequence> sequences, std::string_view type);

}  // namespace weir
