// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <thread>

namespace weir::app {

/// Keeps Ctrl-C (SIGINT) and SIGTERM from ending the process, in this thread and all it starts. Call first in main.
void block_stop_signals();

/// Waits for those signals on a thread of its own and calls `on_signal` with 1 for the first, 2 for the second, ...
class SignalThread {
 public:
  explicit SignalThread(std::function<void(int count)> on_signal);
  ~SignalThread();
  SignalThread(const SignalThread&) = delete;
  SignalThread& operator=(const SignalThread&) = delete;

 private:
  std::atomic<bool> done_{false};
  std::thread thread_;
};

}  // namespace weir::app
