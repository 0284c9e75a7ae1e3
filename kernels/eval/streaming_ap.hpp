// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/eval/eval_frame.hpp"
#include "kernels/eval/object_ap.hpp"

namespace weir {

/// The truth of one frame and when the frame was captured.
struct TimedTruth {
  std::int64_t frame = 0;
  std::chrono::nanoseconds captured{0};
  std::vector<TruthBox> truth;
};

/// One answer: the frame it was computed from, and when it was published on the clock of the captures.
struct TimedAnswer {
  std::int64_t frame = 0;
  std::chrono::nanoseconds published{0};
  std::vector<ScoredBox> results;
};

/// One camera's truth and answers, each in any order.
struct TimedStream {
  std::vector<TimedTruth> truth;
  std::vector<TimedAnswer> answers;
};

/// Pairs the truth of each frame with the newest answer published by the frame's capture time, or with no results where
/// there is none yet. The newest answer is the one computed from the latest frame; of two for the same frame, the one
/// published last. Frames come out by capture time. Pure.
std::vector<EvalFrame> pair_streaming(const TimedStream& stream);

/// Streaming average precision: the world as the newest published answers show it, scored at every capture time.
///
/// Li, Wang and Ramanan, "Towards Streaming Perception", ECCV 2020, section 3.1; here with KITTI's average precision
/// (object_ap) as the inner score. Pure; safe from any thread.
ObjectApResult streaming_ap(std::span<const TimedStream> streams, const ObjectApOptions& options);

}  // namespace weir
