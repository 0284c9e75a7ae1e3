// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/partition/cost_model.hpp"

namespace weir {

/// A straight line through points (x, y) that forgets old ones: y = fixed + slope * x, both at least 0, by weighted
/// least squares; a point far off the line counts less (Huber, Ann. Math. Statist. 35, 1964). Thread-compatible.
class FadingLine {
 public:
  /// `fixed` and `slope` are believed as much as `weight` points spread over x from 0 to `x_range`.
  FadingLine(double fixed, double slope, double x_range, double weight = 4);

  void add(double x, double y);

  double fixed() const { return fixed_; }
  double slope() const { return slope_; }
  std::int64_t points() const { return points_; }

 private:
  void solve();

  double w_ = 0, x_ = 0, y_ = 0, xx_ = 0, xy_ = 0;  // sums over the points, the oldest faded
  double fixed_, slope_, spread_;                   // spread: mean distance of points from the line
  std::int64_t points_ = 0;
};

/// How the request of one part went.
struct PartTiming {
  std::int32_t worker = -1;  ///< that answered; below 0: this process
  bool answered = false;     ///< false: late, refused or lost
  double bytes = 0;          ///< of the request
  double pixels = 0;         ///< of the image that was sent
  double width = 0, height = 0;
  double service_ms = 0;  ///< that the worker had it
  double elapsed_ms = 0;  ///< from asking to the end
};

/// Learns a cost model from the timings of parts as they come back, one frame after the other.
///
/// Each worker's time is a line over the pixels that its model sees; the link's is a line over the bytes that were sent
/// up to and with the part, since all share it; what an answer took beyond these is the worker's queue. A worker that
/// failed is taken for busy as long as the failure took; that fades from frame to frame, so that it is tried again.
/// Workers not heard of yet are taken for the mean of the others. Keeps its memory. Thread-compatible.
class CostLearner {
 public:
  static constexpr std::size_t kMostWorkers = 64;

  /// Starts from a model; its workers are all alike and as many as are expected.
  explicit CostLearner(const CostModel& start);

  /// Begins a frame's timings; to be followed by add() in the order in which its parts were sent.
  void begin_frame();
  /// Timings that are negative or not finite are ignored, and so are workers from kMostWorkers on.
  void add(const PartTiming& timing);
  /// Brings model() up to date.
  void end_frame();

  const CostModel& model() const { return model_; }

 private:
  struct Worker {
    FadingLine service;
    double queue_ms = 0;
    bool seen = false;
  };

  Worker fresh() const;
  Worker* worker(std::int32_t number);

  CostModel start_, model_;
  std::vector<Worker> workers_;
  bool local_ = false;  // parts are worked on in this process
  FadingLine link_;     // ms over bytes
  double bytes_per_pixel_;
  double sent_ = 0;  // bytes of this frame so far
};

}  // namespace weir
