// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/geometry/assignment.hpp"
#include "kernels/predict/predictor.hpp"

namespace weir {

/// Gives the boxes of a new frame the identities of the tracks that were expected there, one to one.
///
/// The cost of a pair is 1 - IoU of box and prediction; pairs of another class, or that do not meet, are not made.
/// Boxes without a partner get new identities, counted from 1. Boxes that a BoxHistory would ignore get one that is
/// never used again. Keeps its memory. Thread-compatible; one object per stream.
class BoxAssociation {
 public:
  /// An identity for each box, valid until the next call. The boxes are those `ahead` frames after the history's
  /// present one, which `predictor` has observed; the identities they have are not looked at.
  std::span<const std::int64_t> associate(const BoxHistory& history, const BoxPredictor& predictor,
                                          std::span<const IdentifiedBox> boxes, int ahead = 1);

  void reset() { last_id_ = 0; }

 private:
  std::int64_t last_id_ = 0;
  std::vector<std::size_t> places_;
  std::vector<Box> expected_;
  std::vector<std::int32_t> classes_;  // of them
  std::vector<double> costs_;
  std::vector<std::int64_t> ids_;
  AssignmentSolver solver_;
};

}  // namespace weir
