// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>

#include "kernels/eval/tracking_data.hpp"

namespace weir {

/// What HOTA counts at one overlap threshold.
struct HotaCounts {
  std::size_t hits = 0, misses = 0, false_alarms = 0;
  double association_sum = 0;  ///< over all hits: the association score of the hit's pair of tracks
  double overlap_sum = 0;      ///< over all hits
};

/// The counts behind the HOTA scores at the overlap thresholds 0.05, 0.10, ..., 0.95; those of several sequences add
/// up. Every score is in percent, averaged over the 19 thresholds.
struct HotaScores {
  static constexpr std::size_t kThresholds = 19;
  std::array<HotaCounts, kThresholds> at{};

  double hota() const;
  double det_a() const;
  double ass_a() const;
  double loc_a() const;  ///< a threshold without hits counts as 100
  HotaScores& operator+=(const HotaScores& other);
};

/// Higher Order Tracking Accuracy (Luiten et al., IJCV 129, 2021, sections 4 and 5): in each frame boxes are paired to
/// maximise overlap times the alignment of their tracks over the whole sequence. Pure; safe with one solver per thread.
HotaScores hota_scores(const TrackingData& data, AssignmentSolver& solver);

}  // namespace weir
