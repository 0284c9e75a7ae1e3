// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "kernels/detect/detection.hpp"

namespace weir {

/// The detections of one frame by a network as it is, and by one whose input or inside was compressed.
struct AgreementFrame {
  std::vector<Detection> expected;
  std::vector<Detection> found;
};

struct AgreementOptions {
  float min_iou = 0.5F;         ///< a match must overlap by this much or more
  float expected_score = 0.4F;  ///< expected boxes of lower scores do not count
};

/// How far the found boxes are the expected ones.
struct AgreementScore {
  double average_precision = 0;  ///< in [0, 1]; 0 without expected boxes
  std::size_t expected = 0;      ///< boxes that count
};

/// Average precision of found boxes where the expected ones are the truth: of each class the mean of the best
/// precision at or beyond the recalls 1/40, 2/40, ..., 1 (Simonelli et al., ICCV 2019, section 5), and of the classes
/// the mean weighted by their numbers of expected boxes. Best scores match first, each with the free box of its frame
/// and class that it overlaps most. Pure; safe from any thread.
AgreementScore agreement(std::span<const AgreementFrame> frames, const AgreementOptions& options = {});

}  // namespace weir
