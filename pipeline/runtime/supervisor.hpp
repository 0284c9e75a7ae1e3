// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "pipeline/runtime/stage_node.hpp"

namespace weir {

/// Watches the clock for a run, on a thread of its own: wakes nodes that wait for a batch, ends the run after its
/// duration, and aborts it when a stop takes longer than the drain time. Thread-safe.
class Supervisor final : public Alarm {
 public:
  Supervisor(RunState& run, std::function<void()> stop_sources, std::function<void()> abort);
  ~Supervisor() override { finish(); }

  void start();
  void finish();

  /// A stop was asked for: sources must hear of it, and the drain time begins.
  void stop_requested();

  void wake_at(TimePoint when, TokenReceiver& node) override;

 private:
  void loop();
  TimePoint next_event();
  void handle_events();

  RunState& run_;
  const std::function<void()> stop_sources_;
  const std::function<void()> abort_;

  std::mutex mutex_;
  std::vector<std::pair<TimePoint, TokenReceiver*>> alarms_;
  bool changed_ = false;
  bool finished_ = false;
  bool told_sources_ = false;
  bool aborted_ = false;
  std::optional<TimePoint> end_;    // of the run's duration
  std::optional<TimePoint> drain_;  // of the drain time
  std::thread thread_;
};

}  // namespace weir
