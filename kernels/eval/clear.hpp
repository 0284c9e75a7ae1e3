// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "kernels/eval/tracking_data.hpp"

namespace weir {

/// The counts behind the CLEAR MOT scores; those of several sequences add up.
struct ClearScores {
  std::size_t hits = 0;            ///< TP: labelled boxes with a result that overlaps by 0.5 or more
  std::size_t misses = 0;          ///< FN
  std::size_t false_alarms = 0;    ///< FP
  std::size_t switches = 0;        ///< IDSW: hits by another track than the last hit of the same truth track
  std::size_t mostly_tracked = 0;  ///< truth tracks hit in more than 80 % of their frames
  std::size_t partly_tracked = 0;  ///< 20 to 80 %
  std::size_t mostly_lost = 0;     ///< less than 20 %
  std::size_t fragments = 0;       ///< interruptions of truth tracks
  double overlap_sum = 0;          ///< over all hits

  double mota() const;       ///< percent, at most 100, below 0 with many false alarms; 0 without truth
  double motp() const;       ///< percent: mean overlap of the hits; 0 without hits
  double recall() const;     ///< percent
  double precision() const;  ///< percent
  ClearScores& operator+=(const ClearScores& other);
};

/// CLEAR MOT (Bernardin and Stiefelhagen, EURASIP JIVP 2008, section 2) at overlap 0.5: in each frame pairs of the
/// frame before are kept first, then overlap is maximised. Pure; safe with one solver per thread.
ClearScores clear_scores(const TrackingData& data, AssignmentSolver& solver);

}  // namespace weir
