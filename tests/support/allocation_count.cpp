// SPDX-License-Identifier: Apache-2.0
#include "tests/support/allocation_count.hpp"

#include <cstdlib>
#include <new>

namespace {

thread_local std::size_t count = 0;

void* checked(void* p) {
  ++count;
  if (p == nullptr) throw std::bad_alloc();
  return p;
}

}  // namespace

namespace weir::test {
std::size_t allocation_count() { return count; }
}  // namespace weir::test

void* operator new(std::size_t size) { return checked(std::malloc(size)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto a = static_cast<std::size_t>(alignment);
  return checked(std::aligned_alloc(a, (size + a - 1) / a * a));
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
