// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "app/console.hpp"
#include "pipeline/clock.hpp"
#include "pipeline/report.hpp"
#include "pipeline/runtime.hpp"

namespace weir::app {

/// One line of a running report: frames, frames per second, latency, outcomes, bytes.
std::string progress_line(const RunReport& report);

/// The table printed after a run: frames by outcome and reason, latency, speed, stages, accuracy.
std::string summary(const RunReport& report);

/// Redraws the progress line twice a second while it lives; idle where standard error is no terminal.
class Progress {
 public:
  Progress(Console& console, const Runtime& runtime);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  Console& console_;
  SteadyClock clock_;
  std::atomic<bool> done_{false};
  std::thread thread_;
};

}  // namespace weir::app
