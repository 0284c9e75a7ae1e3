// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace weir {

using Duration = std::chrono::nanoseconds;

/// Tag of Weir's own time line; its zero is the start of the run.
struct RunTime {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  using time_point = std::chrono::time_point<RunTime>;
  static constexpr bool is_steady = true;
};
using TimePoint = RunTime::time_point;

/// A deadline that never comes.
inline constexpr TimePoint kNever = TimePoint::max();

}  // namespace weir
