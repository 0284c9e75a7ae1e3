// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "kernels/predict/box_history.hpp"

namespace weir {

/// How many numbers describe one box of a frame to the network.
inline constexpr std::size_t kBoxFeatures = 23;
using BoxFeatures = std::array<float, kBoxFeatures>;

/// Describes the boxes of the present frame to the network of LstmPredictor.
///
/// Lengths are in units of the box itself, changes are per frame and times 10, all within [-5, 5]:
/// own change of centre and logarithm of size (4); the median change of all *other* objects, which carries the camera's
/// motion (4); the camera's rotation and its forward motion at this box's depth, as the others tell them (3); how many
/// others there are (1); frames without a look at this object, and whether it is new (2); where it is, how large (4);
/// car or person (2); left, right and lower border of the frame touched (3). Keeps its memory. Thread-compatible.
class FeatureBuilder {
 public:
  /// One entry for each place of the history; places whose object is not in the present frame have zeros.
  std::span<const BoxFeatures> build(const BoxHistory& history);

 private:
  static constexpr std::size_t kFlows = 7;

  void measure(const BoxHistory& history);
  /// The median of `flow` over all moving objects but number `i`; 0 where there is no other.
  float median_without(std::size_t flow, std::size_t i) const;

  std::vector<std::size_t> moving_;                // places seen in this frame and the one before
  std::array<std::vector<float>, kFlows> flows_;   // of each of them
  std::array<std::vector<float>, kFlows> middle_;  // sorted as far as medians need it
  std::vector<BoxFeatures> features_;
};

}  // namespace weir
