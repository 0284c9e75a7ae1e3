// SPDX-License-Identifier: Apache-2.0
#include "bench/common/heap_count.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <new>
#include <thread>

namespace weir::bench {
namespace {

TEST(HeapCount, SeesNewMallocAndMapsOfAnyThreadWhileItIsOn) {
  bool go = false;
  void* volatile owned = nullptr;  // volatile, as the others: what nobody looks at need not be allocated
  std::mutex mutex;
  std::condition_variable changed;
  std::thread other([&] {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return go; });
    owned = ::operator new(8);
  });
  heap_count::start();
  void* volatile block = std::malloc(100);
  void* volatile map = mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  {
    const std::lock_guard lock(mutex);
    go = true;
  }
  changed.notify_one();
  other.join();
  heap_count::stop();
  const auto calls = heap_count::calls();
  void* volatile unseen = std::malloc(100);
  EXPECT_EQ(calls, 3U);
  EXPECT_EQ(heap_count::calls(), calls);
  ::operator delete(owned);
  std::free(block);
  std::free(unseen);
  munmap(map, 4096);
}

}  // namespace
}  // namespace weir::bench
