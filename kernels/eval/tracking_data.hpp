// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/eval/eval_frame.hpp"
#include "kernels/geometry/assignment.hpp"

namespace weir {

/// The boxes of one frame that the tracking scores count.
struct TrackingFrame {
  std::vector<std::size_t> truth;    ///< truth track of each labelled box, from 0 without holes
  std::vector<std::size_t> results;  ///< result track of each result box, likewise
  std::vector<double> overlap;       ///< truth.size() x results.size(), row-major: intersection over union
};

/// One sequence made ready for CLEAR, Identity and HOTA.
struct TrackingData {
  std::vector<TrackingFrame> frames;
  std::size_t truth_tracks = 0, result_tracks = 0;
  std::size_t truth_boxes = 0, result_boxes = 0;
};

/// Selects what counts for `type` (Car, Pedestrian, Cyclist) in one sequence by the rules of the KITTI tracking
/// benchmark.
///
/// The rules are those of TrackEval's 2D box data set (Luiten and Hoffhues, 2020): labels of the neutral type, of
/// occlusion above 2 or any truncation are taken out, together with the results that overlap them best by 0.5 or more;
/// results without a partner are taken out when at most 25 pixels high or more than half inside a DontCare area. Boxes
/// with a negative track id are not seen.
/// Errors: corrupt, when one frame has two counted boxes of the same track. Pure; safe with one solver per thread.
Result<TrackingData> prepare_tracking(const Sequence& sequence, std::string_view type, AssignmentSolver& solver);

}  // namespace weir
