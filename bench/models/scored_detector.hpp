// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kernels/eval/eval_frame.hpp"
#include "pipeline/payloads.hpp"
#include "stages/infer/detector_network.hpp"

namespace weir::bench {

/// Pictures with their truth.
struct ScoredFrames {
  std::vector<Frame> images;
  std::vector<EvalFrame> truth;
};

/// Frames 0 to 66 of KITTI tracking 0002. Code::unavailable when they are not there.
Result<ScoredFrames> kitti_frames();

/// `scenes` drawn streets of seeds that no training uses, `frames` pictures of each.
ScoredFrames drawn_frames(int scenes, int frames);

inline constexpr float kAllScores = 0.02F;
inline constexpr float kUsualScore = 0.1F;  ///< infer.detector's default

/// A detector as infer.detector runs it, on one thread.
class ScoredDetector {
 public:
  /// Boxes below `score` are left out. Precision wants them all, time is taken with the stage's own limit.
  static Result<std::unique_ptr<ScoredDetector>> load(const std::string& model, int width, int height, float score);

  /// Finds the objects of every picture; `seconds` is the time per picture.
  Result<std::vector<EvalFrame>> run(const ScoredFrames& frames, double& seconds);

 private:
  std::unique_ptr<DetectorNetwork> network_;
  std::unique_ptr<DetectorWorker> worker_;
};

/// Average precision in percent and what it rests on.
struct Precision50And70 {
  double ap50 = 0, ap70 = 0;
  std::size_t truth = 0;
};

/// Moderate, interpolated, results of any height counted (docs/decisions/0003).
Precision50And70 precision_of(const std::vector<EvalFrame>& frames, const std::string& type);

}  // namespace weir::bench
