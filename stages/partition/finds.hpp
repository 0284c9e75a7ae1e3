// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "kernels/partition/margins.hpp"
#include "pipeline/payloads.hpp"

namespace weir {

/// Objects that the answers hold and nobody expects yet: a tracker may want to see them twice before it tells of them.
/// They are expected where they were found for a few frames. Keeps its memory. Thread-compatible; one object per
/// stream.
class Finds {
 public:
  /// Detections with a lower score are no objects.
  explicit Finds(float least_score) : least_score_(least_score) {}

  /// Takes in what the answers to a frame's parts hold; answers that are no Detections are passed over.
  void take(const PartAnswers& answers);

  /// Adds to `expected` those finds that meet none of it; to be called once for each frame. Their ids are negative.
  void add_to(std::vector<ExpectedObject>& expected);

  void reset() { finds_.clear(); }

 private:
  struct Find {
    Box box;
    std::int64_t id = 0;
    int frames = 0;  // that it is still looked for
  };
  float least_score_;
  std::int64_t last_id_ = 0;  // counted down
  std::vector<Find> finds_;
};

}  // namespace weir
