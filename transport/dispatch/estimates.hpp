// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "kernels/base/time.hpp"

namespace weir {

/// How long a service takes: a moving mean, and the 99th percentile of the last 128 samples. One outlier moves neither
/// by much: a sample counts as at most eight times the mean in the tail and four times in the mean, so a tenfold change
/// is learned in about eight samples and a worker that was stopped for seconds is not held to be slow. A mean that was
/// not touched for 200 ms is halfway corrected by one lower sample. Thread-compatible.
class ServiceEstimate {
 public:
  explicit ServiceEstimate(Duration believed) : mean_(believed) {}

  void learn(Duration sample, TimePoint now);
  /// It took longer than this, how much is not known: a sample if it is above the mean, else nothing.
  void learn_at_least(Duration elapsed, TimePoint now);

  Duration mean() const { return mean_; }
  Duration tail() const { return tail_; }  ///< 0 before the first sample
  bool known() const { return count_ > 0; }
  TimePoint learned() const { return learned_; }  ///< when; TimePoint::min() before the first sample

 private:
  static constexpr std::uint32_t kWindow = 128;

  void move_mean(Duration sample);

  Duration mean_;
  Duration tail_{};
  TimePoint learned_ = TimePoint::min();
  std::uint32_t count_ = 0;
  std::array<Duration, kWindow> window_{};
};

/// A link's round trip without its load: order statistics of the last eight samples. Thread-compatible.
class RoundTrip {
 public:
  void learn(Duration sample);

  Duration typical() const { return typical_; }  ///< lower median: four outliers of eight do not move it
  Duration slow() const { return slow_; }        ///< largest, but at most four times the typical one + 5 ms

 private:
  static constexpr std::uint32_t kWindow = 8;

  std::array<Duration, kWindow> window_{};
  std::uint32_t count_ = 0;
  Duration typical_{}, slow_{};
};

/// What a link takes per byte, from how long messages of known size took beyond the round trip. Large messages tell
/// more than small ones; those below kLeastBytes tell nothing. Thread-compatible.
class LinkRate {
 public:
  static constexpr std::size_t kLeastBytes = 4096;

  void learn(std::size_t bytes, Duration took);
  Duration transfer(std::size_t bytes) const;  ///< 0 as long as nothing is known
  /// Bytes that pass in this time; 0 as long as nothing is known.
  std::size_t bytes_in(Duration time) const;

 private:
  double nanoseconds_ = 0, bytes_ = 0;  // moving means of both; their ratio is the cost of a byte
};

}  // namespace weir
