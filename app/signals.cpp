// SPDX-License-Identifier: Apache-2.0
#include "app/signals.hpp"

#include <csignal>

namespace weir::app {
namespace {

/// The stop signals, and the one by which the destructor wakes the thread.
sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGUSR2);
  return set;
}

}  // namespace

void block_stop_signals() {
  const sigset_t set = watched_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

SignalThread::SignalThread(std::function<void(int)> on_signal)
    : thread_([this, on_signal = std::move(on_signal)] {
        const sigset_t set = watched_signals();
        int count = 0;
        int signal = 0;
        while (sigwait(&set, &signal) == 0 && !done_.load()) {
          if (signal != SIGUSR2) on_signal(++count);
        }
      }) {}

SignalThread::~SignalThread() {
  done_.store(true);
  pthread_kill(thread_.native_handle(), SIGUSR2);
  thread_.join();
}

}  // namespace weir::app
