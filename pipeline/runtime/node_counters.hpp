// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <mutex>
#include <string>

#include "pipeline/runtime/histogram.hpp"

namespace weir {

/// What is counted of one stage while it runs. Thread-safe.
struct NodeCounters {
  std::atomic<std::uint64_t> calls{0};
  std::atomic<std::uint64_t> errors{0};
  Histogram busy;

  void note_error(const std::string& text) {
    errors.fetch_add(1, std::memory_order_relaxed);
    const std::lock_guard lock(mutex_);
    last_error_ = text;
  }
  std::string last_error() const {
    const std::lock_guard lock(mutex_);
    return last_error_;
  }

 private:
  mutable std::mutex mutex_;
  std::string last_error_;
};

}  // namespace weir
