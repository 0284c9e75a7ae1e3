// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "kernels/motion/camera_motion.hpp"
#include "kernels/predict/camera_correction.hpp"
#include "kernels/predict/predictor.hpp"
#include "pipeline/payloads.hpp"

namespace weir {

struct ProposerOptions {
  bool camera_motion = true;
  int max_missed = 5;             ///< an object not seen for more frames ends
  int max_ahead = 10;             ///< older tracks than this many frames tell nothing
  std::size_t max_regions = 256;  ///< the best by score are taken in and put out
};

/// What one stream's propose stage knows: the boxes of its tracks, and how the camera moved.
///
/// Boxes that are broken (not finite, absurdly large, inside out), lie outside the frame or have no score that is a
/// number are ignored; the others are cut to the frame. Tracks that their tracker predicted count as not seen.
/// Thread-compatible; allocates nothing once the largest number of objects has been seen.
class Proposer {
 public:
  Proposer(std::unique_ptr<BoxPredictor> predictor, const ProposerOptions& options);

  /// Takes in the tracks of a frame; those of a frame not newer than the last ones are ignored. `width` and `height`
  /// are those of the present frame: tracks of another size end what is known.
  void observe(const Tracks& tracks, std::int64_t frame, int width, int height);

  /// Looks at the present frame to learn how the camera moved since the one before.
  void look(const ImageView& image, std::int64_t frame);

  /// Where objects will be in frame `frame`, later than that of the tracks (an earlier one counts as the next), inside
  /// width x height.
  void propose(std::int64_t frame, int width, int height, Regions& out);

 private:
  /// What a history does not keep of an object, by place.
  struct Known {
    float score = 0;
    std::int32_t class_id = 0;
  };
  struct Candidate {
    Region region;
    int missed = 0;
    float score = 0;
  };

  void learn_classes(const ClassNamesPtr& classes);
  std::int32_t network_class(std::int32_t class_id) const;
  void take_in(const Tracks& tracks, int width, int height);

  std::unique_ptr<BoxPredictor> predictor_;
  ProposerOptions options_;
  BoxHistory history_;
  std::vector<Known> known_;
  std::int64_t seen_frame_ = -1;  ///< of the newest tracks
  ClassNamesPtr classes_;
  std::vector<std::int32_t> network_classes_;  ///< by class id
  CameraMotion camera_;
  CameraCorrection correction_;
  std::vector<Box> last_boxes_;  ///< put out for the frame before
  std::vector<Track> best_;
  std::vector<IdentifiedBox> boxes_;
  std::vector<Candidate> candidates_;
};

}  // namespace weir
