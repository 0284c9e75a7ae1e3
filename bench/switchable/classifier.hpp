// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "kernels/base/status.hpp"

namespace weir::bench {

/// One setup of the shared classifier, and of a network that was trained for it alone. Top-1 in percent.
struct SetupGap {
  std::string setup;
  double shared = 0, alone = 0;
  double gap() const { return alone - shared; }  ///< points lost by sharing
};

/// What a setup costs in bytes of an image, by SymbolCost, and reaches.
struct ClassifierPoint {
  std::string setup;
  double bytes = 0, top1 = 0;
};

struct ClassifierScores {
  double untouched = 0;  ///< top-1 of the network that was made switchable, in percent
  std::vector<SetupGap> gaps;
  std::vector<ClassifierPoint> grid;
};

/// Measures models/slimmable on CIFAR-10's test images, one at a time; `most` images at most. Code::unavailable when
/// images or models are absent.
Result<ClassifierScores> score_classifier(std::size_t most);

}  // namespace weir::bench
