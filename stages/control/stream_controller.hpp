// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "kernels/control/policy.hpp"
#include "pipeline/decision_log.hpp"
#include "pipeline/link_monitor.hpp"

namespace weir {

/// One stream's policy, fed with what its requests met. Bound to one thread at a time.
class StreamController {
 public:
  StreamController(StreamId stream, std::unique_ptr<Policy> policy, Ladder ladder);

  /// Takes in what has ended on the link since the last call; `decisions` (which may be null) is told.
  void learn(const LinkMonitor& link, DecisionLog* decisions);

  /// The decision for a frame with a deadline.
  Decision decide(const Stamp& stamp, const LinkMonitor& link, TimePoint now);

  /// A frame is sent with a rung that was not asked of the policy.
  void note_sent(const Stamp& stamp, std::int32_t rung);

  const Ladder& ladder() const { return ladder_; }

 private:
  struct Sent {
    std::uint64_t frame = 0;
    std::int32_t rung = -1;
    TimePoint captured{};
  };

  void note_period(TimePoint captured);

  const StreamId stream_;
  const std::unique_ptr<Policy> policy_;
  const Ladder ladder_;
  std::deque<Sent> sent_;  ///< the last frames that something was sent for
  std::uint64_t position_ = 0;
  std::vector<Exchange> exchanges_;
  std::vector<UnderWay> under_way_;
  std::vector<double> bytes_;  ///< expected per rung
  TimePoint last_capture_ = kNever;
  Duration period_ = std::chrono::milliseconds(100);
};

}  // namespace weir
