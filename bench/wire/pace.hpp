// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <thread>

#include "bench/common/machine.hpp"

namespace weir::bench {

/// Times that come so often a second, the first after `phase` seconds. Instants of all paces of a process fit together:
/// they count from whole periods of the steady clock.
class Pace {
 public:
  Pace(double per_second, double phase)
      : period_(std::chrono::duration_cast<Clock::duration>(Seconds(1 / per_second))) {
    const auto now = Clock::now().time_since_epoch();
    next_ =
        Clock::time_point((now / period_ + 2) * period_) + std::chrono::duration_cast<Clock::duration>(Seconds(phase));
  }

  /// Waits for the next time; returns when it really is, in the seconds of wall_seconds().
  double wait() {
    std::this_thread::sleep_until(next_);
    next_ += period_;
    return wall_seconds();
  }

 private:
  using Clock = std::chrono::steady_clock;
  using Seconds = std::chrono::duration<double>;
  Clock::duration period_;
  Clock::time_point next_;
};

}  // namespace weir::bench
