// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "transport/dispatch/dispatcher.hpp"

namespace weir {

/// Whether a worker is there: who says nothing is asked, who does not answer is suspect, who says anything is back.
/// Thread-compatible.
class Liveness {
 public:
  explicit Liveness(TimePoint now) : heard_(now), pinged_(now) {}

  void heard(TimePoint now);
  void suspect(TimePoint now);
  void pinged(std::uint64_t token, TimePoint now);

  /// A ping was answered: its round trip, if it tells something of the link as it is now. What piled up while the
  /// worker was silent comes back in a burst and does not.
  std::optional<Duration> pong(std::uint64_t token, TimePoint now) const;
  /// When a ping that is remembered was sent.
  std::optional<TimePoint> ping_time(std::uint64_t token) const;

  bool suspect() const { return suspect_; }
  TimePoint suspect_since() const { return suspect_since_; }
  bool gave_up(const DispatchOptions& options, TimePoint now) const;  ///< it should become suspect
  TimePoint next(const DispatchOptions& options) const;               ///< when to ping, or to give up

 private:
  struct Ping {
    std::uint64_t token = 0;
    TimePoint sent{};
    bool suspect = false;
  };
  const Ping* find(std::uint64_t token) const;

  TimePoint heard_, pinged_;
  TimePoint suspect_since_{};
  int unanswered_ = 0;
  bool suspect_ = false;
  std::array<Ping, 4> pings_{};  // the last ones, newest at count_ - 1
  std::uint32_t count_ = 0;
};

}  // namespace weir
