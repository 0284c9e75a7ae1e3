// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>
#include <utility>

#include "pipeline/clock.hpp"

namespace weir::test {

/// Moves a manual clock whenever somebody waits on it, so that waits pass at once; calls `on_step` with the number of
/// the step before each.
class ClockPusher {
 public:
  explicit ClockPusher(ManualClock& clock, std::function<void(int)> on_step = {})
      : clock_(clock), on_step_(std::move(on_step)), thread_([this] { run(); }) {}
  ClockPusher(const ClockPusher&) = delete;
  ClockPusher& operator=(const ClockPusher&) = delete;
  ~ClockPusher() {
    done_ = true;
    // One more waiter lets the thread see it, unless it already has.
    clock_.wait_until(TimePoint::max(), [this] { return ended_.load(); });
    thread_.join();
  }

 private:
  void run() {
    for (int step = 0; !done_; ++step) {
      clock_.await_waiters(1);
      if (on_step_ && !done_) on_step_(step);
      clock_.advance(std::chrono::milliseconds(50));
    }
    ended_ = true;
    clock_.notify();
  }

  ManualClock& clock_;
  std::function<void(int)> on_step_;
  std::atomic<bool> done_{false};
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

}  // namespace weir::test
