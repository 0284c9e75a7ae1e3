// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "kernels/base/status.hpp"
#include "pipeline/clock.hpp"
#include "pipeline/decision_log.hpp"
#include "pipeline/graph_spec.hpp"
#include "pipeline/link_monitor.hpp"
#include "pipeline/record/recording.hpp"
#include "pipeline/runtime.hpp"

namespace weir {

/// What all nodes of one run share. Thread-safe after construction.
struct RunState {
  GraphSpec spec;
  RunOptions options;
  std::shared_ptr<Clock> clock;
  LinkMonitor link;
  DecisionLog decisions;
  std::unique_ptr<Recording> recording;  ///< null when the run is neither recorded nor replayed

  std::atomic<bool> stopping{false};  ///< sources end
  std::atomic<bool> aborting{false};  ///< packets become gaps `stopped`
  std::function<void()> on_stop;      ///< wakes whoever supervises the run

  bool replaying() const { return recording && recording->replaying(); }
  bool recorded() const { return recording && !recording->replaying(); }

  /// The first call decides when the drain time begins.
  void request_stop() {
    std::int64_t unset = kNever.time_since_epoch().count();
    stop_time_.compare_exchange_strong(unset, clock->now().time_since_epoch().count());
    stopping.store(true);
    if (on_stop) on_stop();
  }
  TimePoint stop_time() const { return TimePoint(Duration(stop_time_.load())); }

  /// Keeps the first error that must fail the run.
  void fail_run(Error error) {
    const std::lock_guard lock(mutex_);
    if (first_error_.ok()) first_error_ = Status(std::move(error));
  }
  Status first_error() const {
    const std::lock_guard lock(mutex_);
    return first_error_;
  }
  void warn(std::string text) const {
    if (options.warn) options.warn(std::move(text));
  }

 private:
  std::atomic<std::int64_t> stop_time_{kNever.time_since_epoch().count()};
  mutable std::mutex mutex_;
  Status first_error_;
};

}  // namespace weir
