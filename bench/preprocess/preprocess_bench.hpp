// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

namespace weir::bench {

/// One repetition: how long each way took for one image, in microseconds, and how often the fused pass is faster.
struct PreprocessSample {
  double fused_us = 0;
  double opencv_us = 0;
  double speedup() const { return opencv_us / fused_us; }
};

/// Times 1242x375 -> 640x192 (resize, colour, normalise, planes) as one fused pass and as the chain cv::resize,
/// cvtColor, convertTo, split, on one thread; the two ways take turns, `images` images at a time, `repetitions` times.
std::vector<PreprocessSample> measure_preprocess(int repetitions, int images);

}  // namespace weir::bench
