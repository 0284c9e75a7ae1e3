// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "kernels/base/status.hpp"

namespace weir::app {

/// Exit codes of the program.
enum ExitCode : int { kFine = 0, kFailed = 1, kBadUsage = 2, kNoInput = 3 };

/// The exit code that tells of an error found before anything ran.
int exit_code(const Error& error);

class Console;

/// Shows the error; returns its exit code.
int report(Console& console, const Error& error);

/// What the user sees on standard error: errors, warnings, notes, and a progress line that they never garble. Colour
/// and progress only on a terminal; NO_COLOR takes the colour away. Thread-safe.
class Console {
 public:
  Console();

  bool terminal() const { return terminal_; }

  void error(std::string_view text);
  void warn(std::string_view text);
  void note(std::string_view text);

  /// Lines that carry their own "error:", as the diagnostics of a launch file do.
  void lines(std::string_view text);

  /// Replaces the progress line; empty takes it away. Nothing happens without a terminal.
  void progress(std::string_view line);

 private:
  void say(std::string_view colour, std::string_view label, std::string_view text);
  void erase_progress();

  std::mutex mutex_;
  bool terminal_ = false;
  bool colour_ = false;
  bool has_progress_ = false;
};

}  // namespace weir::app
