// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/base/time.hpp"

namespace weir {

/// What one direction of a network does at one time.
struct PathState {
  double bits_per_second = 1e9;                      ///< 0: nothing passes
  Duration delay{};                                  ///< one way
  Duration jitter{};                                 ///< up to so much more
  double loss = 0;                                   ///< share of packets, 0 to 1
  std::size_t queue_bytes = std::size_t{128} << 10;  ///< in front of the bottleneck
};

/// How a path changes. Each state holds until the next one; at its end the trace begins again. Immutable.
class LinkTrace {
 public:
  /// A path that never changes.
  explicit LinkTrace(const PathState& state);

  /// Reads rows of numbers under a line that names their columns: `seconds` and `mbps`, and any of `delay_ms`,
  /// `jitter_ms`, `loss`, `queue_kb` (of 1024 bytes), which come from `defaults` otherwise. Times begin at 0 and
  /// increase. `name` is for errors, which tell the line. Code::invalid for anything else or out of range.
  static Result<LinkTrace> parse(std::string_view text, std::string_view name, const PathState& defaults = {});
  static Result<LinkTrace> read(const std::string& file, const PathState& defaults = {});

  const PathState& at(TimePoint when) const { return states_[index_at(when)]; }
  TimePoint next_change(TimePoint when) const;  ///< after `when`; kNever for a path that never changes
  bool ever_passes() const { return ever_passes_; }
  Duration length() const { return length_; }  ///< of one round; 0 for a path that never changes

 private:
  LinkTrace() = default;
  std::size_t index_at(TimePoint when) const;

  std::vector<Duration> starts_;
  std::vector<PathState> states_;
  Duration length_{};
  bool ever_passes_ = true;
};

}  // namespace weir
