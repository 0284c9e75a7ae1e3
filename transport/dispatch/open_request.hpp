// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <tuple>

#include "transport/dispatch/dispatcher.hpp"

namespace weir {

inline constexpr int kMostSends = 8;  ///< of one request, whatever workers say

/// A submitted request that has not ended.
struct OpenRequest {
  Request request;
  TimePoint submitted{};
  bool waiting = true;   ///< for a worker; it may have an attempt that is overdue at the same time
  bool overdue = false;  ///< an attempt of it timed out
  int sends = 0;
  int attempts = 0;                            ///< those of the sends that a worker did not turn away at once
  int live = 0;                                ///< attempts that were neither answered nor cancelled
  std::string reason;                          ///< of the last failed attempt
  std::array<PeerId, kMostSends> failed_at{};  ///< workers that are not asked again
  int failures = 0;

  bool failed(PeerId worker) const {
    const auto* end = failed_at.data() + failures;
    return std::find(failed_at.data(), end, worker) != end;
  }
  void add_failure(PeerId worker) {
    if (failures < kMostSends) failed_at[static_cast<std::size_t>(failures++)] = worker;
  }
  bool may_send(const DispatchOptions& options) const {
    return attempts < std::max(options.attempts, 1) && sends < kMostSends;
  }
};

/// Whether `a` goes first: by priority, then the newer one.
inline bool goes_before(const Request& a, const Request& b) {
  return std::tuple(b.priority, b.order, b.id) < std::tuple(a.priority, a.order, a.id);
}

/// What is left until a deadline; an hour when there is none.
inline Duration time_left(TimePoint deadline, TimePoint now) {
  constexpr Duration kLong = std::chrono::hours(1);
  return deadline == kNever ? kLong : std::min<Duration>(deadline - now, kLong);
}

}  // namespace weir
