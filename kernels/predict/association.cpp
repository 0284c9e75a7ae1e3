// SPDX-License-Identifier: Apache-2.0
#include "kernels/predict/association.hpp"

namespace weir {
namespace {

constexpr double kGate = 2;

// Whether the boxes have pixels in common. All four comparisons are made: a wrong guess at one costs more than it.
bool meet(const Box& a, const Box& b) {
  return static_cast<int>(a.left < b.right) & static_cast<int>(b.left < a.right) & static_cast<int>(a.top < b.bottom) &
         static_cast<int>(b.top < a.bottom);
}

}  // namespace

std::span<const std::int64_t> BoxAssociation::associate(const BoxHistory& history, const BoxPredictor& predictor,
                                                        std::span<const IdentifiedBox> boxes, int ahead) {
  places_.clear();
  expected_.clear();
  classes_.clear();
  for (std::size_t place = 0; place < history.tracks().size(); ++place) {
    if (history.tracks()[place].observed == 0) continue;
    places_.push_back(place);
    classes_.push_back(history.tracks()[place].class_id);
    expected_.push_back(inside_frame(predictor.predict(history, place, ahead).box, history.width(), history.height()));
  }
  costs_.assign(boxes.size() * places_.size(), kGate);
  double* cost = costs_.data();
  for (const IdentifiedBox& box : boxes) {
    for (std::size_t i = 0; i < places_.size(); ++i, ++cost) {
      if (classes_[i] != box.class_id) *cost = AssignmentSolver::kNoLimit;
      if (classes_[i] != box.class_id || !meet(expected_[i], box.box)) continue;
      const float overlap = iou(expected_[i], box.box);
      if (overlap > 0) *cost = 1 - overlap;  // it is not a number for a broken box
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
