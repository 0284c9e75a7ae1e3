// SPDX-License-Identifier: Apache-2.0
#include "pipeline/runtime/send_order.hpp"

#include <algorithm>

namespace weir {

void SendOrder::add(const Done& done) {
  const std::lock_guard lock(mutex_);
  if (!done.call && !done.end && !done_.empty()) {
    Done& tail = done_.back();
    const bool joins = !tail.call && !tail.end && tail.reason == done.reason && tail.last + 1 == done.first;
    if (joins) {
      tail.last = done.last;
      return;
    }
  }
  done_.push_back(done);
}

bool SendOrder::take_next(Done& done) {
  if (ended_) return false;
  const auto ready = std::ranges::find(done_, next_, &Done::first);
  if (ready == done_.end()) return false;
  done = *ready;
  done_.erase(ready);
  return true;
}

bool SendOrder::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

}  // namespace weir
