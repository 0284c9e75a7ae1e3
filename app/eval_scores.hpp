// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/eval_input.hpp"
#include "kernels/eval/object_ap.hpp"
#include "kernels/eval/tracking_scores.hpp"

namespace weir::app {

/// All scores of one type of object.
struct TypeScores {
  std::string type;
  double min_iou = 0;                       ///< KITTI's for this type
  ObjectApResult ap;                        ///< at min_iou
  ObjectApResult ap50;                      ///< at IoU 0.5
  std::optional<ObjectApResult> streaming;  ///< at min_iou, where publishing times are known
  std::optional<TrackingReport> tracking;   ///< where results have identities
};

/// Scores of every type of object with truth.
struct EvalScores {
  std::vector<std::string> sequences;
  std::size_t frames = 0;  ///< with truth or results
  std::vector<TypeScores> types;
};

/// Scores Car, Pedestrian and Cyclist where the truth holds some. Errors: those of evaluate_tracking.
Result<EvalScores> score(const EvalInput& input);

/// For people: tables in fixed columns.
std::string eval_tables(const EvalScores& scores);

/// For programs: the same numbers as indented JSON.
std::string eval_json(const EvalScores& scores);

}  // namespace weir::app
