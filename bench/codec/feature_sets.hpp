// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "bench/codec/seam_network.hpp"

namespace weir::bench {

/// What the seam holds for the frames of a recording, and what the network finds there.
struct FeatureSet {
  std::vector<std::string> files;
  std::vector<Tensor> tensors;
  std::vector<std::vector<Detection>> boxes;

  std::vector<TensorView> views() const;
};

/// The images of a folder of the reference data in order of name, `most` at most. Code::unavailable when it is absent.
Result<FeatureSet> read_feature_set(SeamNetwork& network, const std::string& folder, std::size_t most);

/// Average precision in [0, 1] of the boxes found, with the expected boxes of score 0.4 or more as truth: IoU 0.5, mean
/// of the best precision at or beyond each of the recalls 1/40 to 1; persons and vehicles weighted by their number.
double agreement(const std::vector<std::vector<Detection>>& found, const std::vector<std::vector<Detection>>& expected);

}  // namespace weir::bench
