// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "kernels/base/random.hpp"
#include "pipeline/clock.hpp"

namespace weir {

/// How long to wait before each further attempt: doubling up to a limit, with jitter so that many devices that lost the
/// same peer do not come back at once. Thread-compatible.
class Backoff {
 public:
  struct Limits {
    Duration first = std::chrono::milliseconds(250);
    Duration most = std::chrono::seconds(10);
  };

  Backoff(Limits limits, std::uint64_t seed) : limits_(limits), step_(limits.first), random_(seed) {}

  /// The next wait: between half of the step and the whole of it; then the step doubles.
  Duration next() {
    const auto step = static_cast<double>(step_.count());
    step_ = std::min(step_ * 2, limits_.most);
    return Duration(static_cast<std::int64_t>(step * random_.uniform(0.5, 1.0)));
  }

  /// To call after success: the next wait is a short one again.
  void reset() { step_ = limits_.first; }

 private:
  Limits limits_;
  Duration step_;
  Random random_;
};

}  // namespace weir
