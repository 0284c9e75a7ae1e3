// SPDX-License-Identifier: Apache-2.0
#include "train/common/loop/interrupt.hpp"

#include <csignal>

namespace weir::train {
namespace {

volatile std::sig_atomic_t g_requested = 0;

extern "C" void note_interrupt(int signal) {
  g_requested = 1;
  std::signal(signal, SIG_DFL);  // the second one ends the process
}

}  // namespace

Interrupt::Interrupt() {
  g_requested = 0;
  std::signal(SIGINT, note_interrupt);
  std::signal(SIGTERM, note_interrupt);
}

Interrupt::~Interrupt() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

bool Interrupt::requested() const { return g_requested != 0; }

}  // namespace weir::train
