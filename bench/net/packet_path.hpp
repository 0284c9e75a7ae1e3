// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "transport/shaper/token_clock.hpp"

namespace weir::bench {

/// One direction of a shaped network: the packets that are on their way. Has no clock of its own: the caller's times
/// must not decrease. The same seed and calls give the same packets. Thread-compatible.
class PacketPath {
 public:
  PacketPath(LinkTrace trace, std::uint64_t seed) : clock_(std::move(trace), seed) {}

  /// Takes a copy of a packet; false when it is lost or the queue is full.
  bool enter(std::span<const std::uint8_t> packet, TimePoint now);

  /// When the next packet comes out, in the order in which they entered; kNever when none is on its way.
  TimePoint next() const { return going_.empty() ? kNever : going_.front().out; }
  /// That packet. Only when there is one.
  std::span<const std::uint8_t> front() const { return going_.front().bytes; }
  void pop();

  std::uint64_t entered() const { return entered_; }  ///< lost ones are not in it
  std::uint64_t lost() const { return lost_; }

 private:
  struct Packet {
    TimePoint out;
    std::vector<std::uint8_t> bytes;
  };

  TokenClock clock_;
  std::deque<Packet> going_;
  std::vector<std::vector<std::uint8_t>> spare_;  // memory of packets that came out
  std::uint64_t entered_ = 0, lost_ = 0;
};

}  // namespace weir::bench
