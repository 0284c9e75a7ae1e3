// SPDX-License-Identifier: Apache-2.0
#include "bench/common/heap_count.hpp"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>

// The functions that glibc's own malloc and kin are made of.
extern "C" {
void* __libc_malloc(std::size_t size);                       // NOLINT
void* __libc_calloc(std::size_t count, std::size_t size);    // NOLINT
void* __libc_realloc(void* block, std::size_t size);         // NOLINT
void* __libc_memalign(std::size_t align, std::size_t size);  // NOLINT
}

namespace {

std::atomic<bool> on{false};
std::atomic<std::uint64_t> count{0};

void note() {
  if (on.load(std::memory_order_relaxed)) count.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

namespace weir::bench::heap_count {

void start() {
  count.store(0);
  on.store(true);
}
void stop() { on.store(false); }
std::uint64_t calls() { return count.load(); }

}  // namespace weir::bench::heap_count

extern "C" {

void* malloc(std::size_t size) noexcept {
  note();
  return __libc_malloc(size);
}
void* calloc(std::size_t times, std::size_t size) noexcept {
  note();
  return __libc_calloc(times, size);
}
void* realloc(void* block, std::size_t size) noexcept {
  note();
  return __libc_realloc(block, size);
}
void* memalign(std::size_t align, std::size_t size) noexcept {
  note();
  return __libc_memalign(align, size);
}
void* aligned_alloc(std::size_t align, std::size_t size) noexcept {
  note();
  return __libc_memalign(align, size);
}
int posix_memalign(void** block, std::size_t align, std::size_t size) noexcept {
  note();
  *block = __libc_memalign(align, size);
  return *block ? 0 : ENOMEM;
}
void* mmap(void* where, std::size_t size, int protection, int flags, int file, off_t offset) noexcept {
  note();
  return reinterpret_cast<void*>(syscall(SYS_mmap, where, size, protection, flags, file, offset));
}

}  // extern "C"
