// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace weir::train {

/// What a program that was stopped by Ctrl-C exits with.
inline constexpr int kInterruptedExit = 130;

/// While one lives, the first SIGINT or SIGTERM only sets a flag, and the second ends the process as usual. One at a
/// time per process; requested() may be called from any thread.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  bool requested() const;
};

}  // namespace weir::train
