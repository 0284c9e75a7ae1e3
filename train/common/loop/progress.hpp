// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace weir::train {

/// Parts of a loss by name; the first is the total.
using LossParts = std::vector<std::pair<std::string, double>>;

/// What a progress line tells.
struct ProgressState {
  std::int64_t step = 0;
  std::int64_t steps = 0;
  LossParts losses;
  double rate = 0;                 ///< learning rate
  double examples_per_second = 0;  ///< 0: not known yet
  double seconds_left = -1;        ///< negative: not known yet
};

/// "step 120/4000  loss 2.314 (class 1.204, box 0.871)  rate 0.0019  132.1/s  12:31 left"
std::string progress_line(const ProgressState& state);

/// "47 s", "12:31" or "2:05:09".
std::string format_duration(double seconds);

struct ProgressOptions {
  std::int64_t steps = 0;
  std::int64_t first_step = 0;  ///< where this run starts: not 0 after a resume
  bool terminal = false;        ///< rewrite one line in place; else one line per `every_seconds`
  double every_seconds = 10;
  std::function<std::chrono::steady_clock::time_point()> now = [] { return std::chrono::steady_clock::now(); };
};

/// One line about a training that goes on. Losses shown are running means. Thread-compatible.
class Progress {
 public:
  Progress(std::ostream& out, ProgressOptions options);

  /// Tells that step number `step` (from 0) is done. Writes when it is time to.
  void step(std::int64_t step, const LossParts& losses, double rate, int examples);

  /// Leaves time out of the speed: call around evaluations and checkpoints.
  void pause();
  void go_on();

  /// Writes a line of its own, above the progress line on a terminal.
  void say(const std::string& line);

  /// Ends the line on a terminal.
  void finish();

  /// Examples per second since the start, pauses left out; 0 before the first step.
  double examples_per_second() const;

  /// Seconds since the start, pauses and all.
  double seconds() const;

 private:
  double busy_seconds() const;
  void write();

  std::ostream& out_;
  ProgressOptions options_;
  ProgressState state_;
  std::chrono::steady_clock::time_point started_, written_, paused_at_;
  double paused_ = 0;
  std::int64_t examples_ = 0;
  std::size_t line_length_ = 0;
};

/// True when standard error is a terminal.
bool stderr_is_terminal();

}  // namespace weir::train
