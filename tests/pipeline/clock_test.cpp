// SPDX-License-Identifier: Apache-2.0
#include "pipeline/clock.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

namespace weir {
namespace {

using std::chrono::milliseconds;

TEST(SteadyClock, TimePassesFromZero) {
  SteadyClock clock;
  const TimePoint first = clock.now();
  EXPECT_GE(first.time_since_epoch().count(), 0);
  EXPECT_TRUE(clock.wait_until(first + milliseconds(2), {}));
  EXPECT_GE(clock.now(), first + milliseconds(2));
}

TEST(SteadyClock, NotifyEndsAnEndlessWait) {
  SteadyClock clock;
  std::atomic<bool> wake{false};
  bool came = true;
  std::thread waiter([&] { came = clock.wait_until(kNever, [&] { return wake.load(); }); });
  wake = true;
  clock.notify();
  waiter.join();
  EXPECT_FALSE(came);
}

TEST(SteadyClock, NotifierMayHoldTheLockThatWakeTakes) {
  SteadyClock clock;
  std::mutex mutex;
  bool wake = false;
  std::thread waiter([&] {
    clock.wait_until(kNever, [&] {
      const std::lock_guard lock(mutex);
      return wake;
    });
  });
  for (int i = 0; i < 1000; ++i) {
    const std::lock_guard lock(mutex);
    clock.notify();
  }
  {
    const std::lock_guard lock(mutex);
    wake = true;
    clock.notify();
  }
  waiter.join();
}

TEST(ManualClock, StandsStillUntilAdvanced) {
  ManualClock clock;
  EXPECT_EQ(clock.now(), TimePoint{});
  clock.advance(milliseconds(40));
  EXPECT_EQ(clock.now(), TimePoint(milliseconds(40)));
  EXPECT_TRUE(clock.wait_until(TimePoint(milliseconds(40)), {}));
}

TEST(ManualClock, WaitEndsExactlyWhenTimeHasCome) {
  ManualClock clock;
  std::atomic<bool> came{false};
  std::thread waiter([&] { came = clock.wait_until(TimePoint(milliseconds(20)), {}); });
  clock.await_waiters(1);
  clock.advance(milliseconds(19));
  clock.await_waiters(1);  // it looked at the new time and waits again
  EXPECT_FALSE(came);
  clock.advance(milliseconds(1));
  waiter.join();
  EXPECT_TRUE(came);
}

TEST(ManualClock, NotifyLooksAtWakeAgain) {
  ManualClock clock;
  std::atomic<int> looks{0};
  std::atomic<bool> wake{false};
  bool came = true;
  std::thread waiter([&] {
    came = clock.wait_until(kNever, [&] {
      ++looks;
      return wake.load();
    });
  });
  clock.await_waiters(1);
  const int before = looks;
  clock.notify();
  clock.await_waiters(1);
  EXPECT_GT(looks, before);
  wake = true;
  clock.notify();
  waiter.join();
  EXPECT_FALSE(came);
}

}  // namespace
}  // namespace weir
