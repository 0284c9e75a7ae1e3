// SPDX-License-Identifier: Apache-2.0
#include "kernels/predict/association.hpp"

namespace weir {
namespace {

constexpr double kGate = 2;

double pair_cost(const Box& expected, const Box& seen) {
  // Most pairs lie apart, and are passed over without a division.
  if (expected.left >= seen.right || seen.left >= expected.right || expected.top >= seen.bottom ||
      seen.top >= expected.bottom) {
    return kGate;
  }
  const float overlap = iou(expected, seen);
  return overlap > 0 ? 1 - overlap : kGate;  // not a number for a broken box
}

}  // namespace

std::span<const std::int64_t> BoxAssociation::associate(const BoxHistory& history, const BoxPredictor& predictor,
                                                        std::span<const IdentifiedBox> boxes, int ahead) {
  places_.clear();
  expected_.clear();
  for (std::size_t place = 0; place < history.tracks().size(); ++place) {
    if (history.tracks()[place].observed == 0) continue;
    places_.push_back(place);
    expected_.push_back(inside_frame(predictor.predict(history, place, ahead).box, history.width(), history.height()));
  }
  costs_.clear();
  for (const IdentifiedBox& box : boxes) {
    for (std::size_t i = 0; i < places_.size(); ++i) {
      const bool same_class = history.tracks()[places_[i]].class_id == box.class_id;
      costs_.push_back(same_class ? pair_cost(expected_[i], box.box) : AssignmentSolver::kNoLimit);
    }
  }
  const auto partners = solver_.solve(costs_, boxes.size(), places_.size(), kGate);
  ids_.clear();
  for (const int partner : partners) {
    const bool known = partner != AssignmentSolver::kNone;
    ids_.push_back(known ? history.tracks()[places_[static_cast<std::size_t>(partner)]].id : ++last_id_);
  }
  return ids_;
}

}  // namespace weir
