// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "kernels/base/random.hpp"
#include "kernels/base/time.hpp"
#include "transport/shaper/link_trace.hpp"

namespace weir {

/// One direction of a shaped path: says when what enters leaves at the other end. A bottleneck of the trace's rate with
/// a queue in front of it, then delay and jitter that keep the order. Has no clock of its own: the caller's times must
/// not decrease. The same seed and calls give the same times. Thread-compatible.
class TokenClock {
 public:
  static constexpr std::size_t kPacketBytes = 1448;  ///< what a message is cut into for its losses

  TokenClock(LinkTrace trace, std::uint64_t seed) : trace_(std::move(trace)), random_(seed) {}

  /// A packet, which may be lost or find the queue full: then nothing.
  std::optional<TimePoint> pass_packet(std::size_t bytes, TimePoint now);

  /// A message of a reliable stream: its lost packets are sent again, which costs their bytes and, once per round of
  /// losses, one way there and back. It waits where the queue is full.
  TimePoint pass_message(std::size_t bytes, TimePoint now);

  TimePoint free_at() const { return free_at_; }  ///< when all that entered has passed the bottleneck
  std::size_t backlog(TimePoint now) const;       ///< bytes that have not

 private:
  TimePoint sent_at(std::size_t bytes, TimePoint start) const;
  TimePoint arrival();
  std::size_t count_lost(std::size_t packets, double loss);

  LinkTrace trace_;
  Random random_;
  TimePoint free_at_{};
  TimePoint last_arrival_{};
};

}  // namespace weir
