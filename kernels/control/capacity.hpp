// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/base/time.hpp"

namespace weir {

/// From when on a link passes how much.
struct CapacityStep {
  Duration start{};
  double bits_per_second = 0;
};

/// What one direction of a link passes over time: a step function that begins again at its end. Immutable.
class Capacity {
 public:
  /// A link that never changes. Rates are taken as at least 0.
  explicit Capacity(double bits_per_second);

  /// Steps begin at 0 and increase; each holds until the next one, the last until `length`, which is after its start.
  /// Rates are finite and at least 0. Code::invalid for anything else.
  static Result<Capacity> create(std::span<const CapacityStep> steps, Duration length);

  double bits_per_second(TimePoint when) const;

  /// Bits that pass between two times, 0 where `to` is not after `from`. Times before 0 are taken as 0.
  double bits(TimePoint from, TimePoint to) const;

  /// When so many bits have passed from `from` on; kNever where that does not come in 10 years.
  TimePoint when_passed(TimePoint from, double bits) const;

  Duration length() const { return length_; }  ///< of one round; 0 for a link that never changes

 private:
  Capacity() = default;
  std::size_t index_at(Duration within) const;
  double bits_until(TimePoint when) const;  ///< from time 0 on

  std::vector<CapacityStep> steps_;
  std::vector<double> before_;  ///< bits of a round that pass before each step, and at last those of a whole round
  Duration length_{};
};

}  // namespace weir
