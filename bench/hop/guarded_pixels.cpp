// SPDX-License-Identifier: Apache-2.0
#include "bench/hop/guarded_pixels.hpp"

#include <sys/mman.h>

#include <atomic>
#include <csignal>

namespace weir::bench {
namespace {

std::atomic<std::uint8_t*> guarded{nullptr};
std::atomic<std::size_t> guarded_bytes{0};
std::atomic<std::uint64_t> touched{0};
struct sigaction previous;

void on_fault(int, siginfo_t* info, void*) {
  auto* const at = static_cast<std::uint8_t*>(info->si_addr);
  std::uint8_t* const begin = guarded.load();
  if (begin && at >= begin && at < begin + guarded_bytes.load()) {
    touched.fetch_add(1);
    mprotect(begin, guarded_bytes.load(), PROT_READ | PROT_WRITE);
    return;
  }
  sigaction(SIGSEGV, &previous, nullptr);  // not ours: the next try ends the program as it would have
}

}  // namespace

GuardedPixels::GuardedPixels(std::size_t bytes) : bytes_(bytes) {
  void* memory = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return;
  data_ = static_cast<std::uint8_t*>(memory);
  touched.store(0);
  guarded_bytes.store(bytes);
  guarded.store(data_);
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGSEGV, &action, &previous);
}

GuardedPixels::~GuardedPixels() {
  if (!data_) return;
  sigaction(SIGSEGV, &previous, nullptr);
  guarded.store(nullptr);
  munmap(data_, bytes_);
}

std::uint64_t GuardedPixels::touches() const { return touched.load(); }

}  // namespace weir::bench
