// SPDX-License-Identifier: Apache-2.0
#include "pipeline/clock.hpp"

namespace weir {

bool SteadyClock::wait_until(TimePoint when, const std::function<bool()>& wake) {
  // Deadlines near the end of time would overflow when moved to the steady clock's own zero.
  const bool endless = when.time_since_epoch() > Duration::max() - start_.time_since_epoch();
  std::unique_lock lock(mutex_);
  for (;;) {
    const std::uint64_t seen = notified_;
    lock.unlock();
    if (now() >= when) return true;
    if (wake && wake()) return now() >= when;
    lock.lock();
    const auto changed = [&] { return notified_ != seen; };
    if (endless) {
      changed_.wait(lock, changed);
    } else {
      changed_.wait_until(lock, start_ + when.time_since_epoch(), changed);
    }
  }
}

void SteadyClock::notify() {
  {
    const std::lock_guard lock(mutex_);
    ++notified_;
  }
  changed_.notify_all();
}

TimePoint ManualClock::now() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

bool ManualClock::wait_until(TimePoint when, const std::function<bool()>& wake) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (now_ >= when) return true;
    const std::uint64_t seen = changes_;
    lock.unlock();
    const bool woken = wake && wake();
    lock.lock();
    if (woken) return now_ >= when;
    if (changes_ != seen) continue;
    ++waiters_;
    waiters_changed_.notify_all();
    changed_.wait(lock, [&] { return changes_ != seen; });
  }
}

void ManualClock::notify() {
  {
    const std::lock_guard lock(mutex_);
    ++changes_;
    waiters_ = 0;  // each waiter counts again only after it has looked at its `wake`
  }
  changed_.notify_all();
}

void ManualClock::advance(Duration by) {
  {
    const std::lock_guard lock(mutex_);
    now_ += by;
    ++changes_;
    waiters_ = 0;
  }
  changed_.notify_all();
}

void ManualClock::await_waiters(int count) {
  std::unique_lock lock(mutex_);
  waiters_changed_.wait(lock, [&] { return waiters_ >= count; });
}

}  // namespace weir
