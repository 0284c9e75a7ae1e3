// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <opencv2/core/mat.hpp>

#include "kernels/base/random.hpp"
#include "train/common/data/augment_options.hpp"
#include "train/common/data/example.hpp"

namespace weir::train {

/// Copies objects of one image onto a training crop, with soft edges. Thread-compatible.
class ObjectPaster {
 public:
  /// Pastes one object of `donor` with a label score above 0.6 that no other object covers, at a random size and place
  /// where it hides at most a third of any object of `out`. Does nothing when the donor has none or no place is found.
  void paste(const Example& donor, const AugmentOptions& options, Random& random, AugmentedExample& out);

 private:
  cv::Mat patch_;
};

}  // namespace weir::train
