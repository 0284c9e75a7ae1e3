// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace weir {

/// What one worker takes for a part.
struct WorkerCost {
  double fixed_ms = 3;           ///< for any part, at least 0
  double ms_per_megapixel = 80;  ///< for the pixels that its model sees, at least 0
  double queue_ms = 0;           ///< until it is free, at least 0
};

/// What it takes to have the parts of a frame worked on: one uplink that all share, and the workers behind it.
struct CostModel {
  std::vector<WorkerCost> workers{WorkerCost{}};  ///< at least one
  double link_mbit_s = 100;                       ///< above 0
  double bytes_per_pixel = 0.4;                   ///< of the parts' codec, above 0
  double overhead_bytes = 600;                    ///< for any part: headers, tables of the codec
  int stride = 32;  ///< the model's input is padded to multiples of so many pixels, at least 1
};

/// One part as link and worker see it.
struct PartWork {
  float upload_ms = 0;   ///< that it holds the uplink
  float megapixels = 0;  ///< that a worker's model sees, padding included
};

/// The work of parts under one cost model; the numbers it needs are worked out once.
class WorkMeter {
 public:
  WorkMeter() = default;
  explicit WorkMeter(const CostModel& cost);

  /// Of a part of so many whole pixels (1 to 32768 a side), sent at `scale` (above 0, at most 1) of its size.
  PartWork measure(float width, float height, float scale = 1) const {
    const float w = width * scale, h = height * scale;
    return {upload_fixed_ + upload_per_pixel_ * w * h, 1e-6F * padded(w) * padded(h)};
  }

 private:
  float padded(float side) const {
    // Up to the next multiple; a tenth of a pixel is no pixel, so that scaled sides do not spill over.
    return stride_ * static_cast<float>(static_cast<int>((side + stride_ - 0.1F) * per_stride_));
  }
  float upload_fixed_ = 0, upload_per_pixel_ = 0, stride_ = 1, per_stride_ = 1;
};

/// When each part of a frame will be done, in ms from now.
///
/// Parts are sent one after the other in the order given, and each goes to the worker that is expected to finish it
/// first, as the runtime does. Keeps its memory. Thread-compatible.
class FinishEstimate {
 public:
  /// Takes the workers of a cost model.
  void prepare(const CostModel& cost);

  /// Writes a finish for each part and returns the slowest; 0 without parts. `finishes` is as long as `parts`, or empty
  /// where only the slowest is wanted.
  float run(std::span<const PartWork> parts, std::span<float> finishes = {});

 private:
  struct Worker {
    float fixed_ms, ms_per_megapixel, queue_ms;
    float free_ms;  // when it has ended what it was given
  };
  std::vector<Worker> workers_;
};

}  // namespace weir
