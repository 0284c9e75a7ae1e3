// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>

#include "kernels/base/time.hpp"

namespace weir {

/// The only source of time: steady in production, moved by hand in tests. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  virtual TimePoint now() const = 0;

  /// Blocks until `when` has come or `wake` returns true after a notify(); returns whether `when` has come.
  /// `wake` runs in the waiting thread with no lock of the clock held; an empty one never wakes.
  virtual bool wait_until(TimePoint when, const std::function<bool()>& wake) = 0;

  /// Makes every wait_until look at its `wake` again.
  virtual void notify() = 0;
};

/// Steady time since construction.
class SteadyClock final : public Clock {
 public:
  SteadyClock() : start_(std::chrono::steady_clock::now()) {}
  TimePoint now() const override { return TimePoint(std::chrono::steady_clock::now() - start_); }
  bool wait_until(TimePoint when, const std::function<bool()>& wake) override;
  void notify() override;

 private:
  std::chrono::steady_clock::time_point start_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t notified_ = 0;
};

/// Time that stands still until advance() is called.
class ManualClock final : public Clock {
 public:
  TimePoint now() const override;
  bool wait_until(TimePoint when, const std::function<bool()>& wake) override;
  void notify() override;

  void advance(Duration by);

  /// Blocks until at least `count` threads wait on this clock: how a test knows that everything has come to rest.
  void await_waiters(int count);

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable waiters_changed_;
  TimePoint now_{};
  std::uint64_t changes_ = 0;
  int waiters_ = 0;  // that have seen the latest change
};

}  // namespace weir
