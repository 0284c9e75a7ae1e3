// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "kernels/partition/margins.hpp"
#include "pipeline/payloads.hpp"

namespace weir {

/// What counts as a find, and how it is looked for.
struct FindOptions {
  float least_score = 0.15F;  ///< detections with a lower score are no finds
  int frames = 10;            ///< that a find is looked for after it was last seen, at least 1
  float margin = 40;          ///< pixels of the frame that are shown round it, beside half its own size on each side
};

/// Objects that the answers hold and nobody expects yet: a tracker may want to see them twice before it tells of them,
/// and what is near the detector's threshold is seen in one frame and not in the next. They are expected where they
/// were found for some frames. Keeps its memory. Thread-compatible; one object per stream.
class Finds {
 public:
  explicit Finds(const FindOptions& options) : options_(options) {}

  /// Takes in what the answers to a frame's parts hold; answers that are no Detections are passed over.
  void take(const PartAnswers& answers);

  /// Adds to `expected` those finds that meet none of it, the surest first, as long as they take no more than
  /// `most_pixels` of the frame together, overlaps counted twice; to be called once for each frame. Their ids are
  /// negative.
  void add_to(std::vector<ExpectedObject>& expected, double most_pixels);

  void reset() { finds_.clear(); }

 private:
  struct Find {
    Box box;
    std::int64_t id = 0;
    float score = 0;
    int frames = 0;  // that it is still looked for
  };
  FindOptions options_;
  std::int64_t last_id_ = 0;  // counted down
  std::vector<Find> finds_;   // of which the surest come first after add_to
};

}  // namespace weir
