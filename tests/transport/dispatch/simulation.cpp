// SPDX-License-Identifier: Apache-2.0
#include "tests/transport/dispatch/simulation.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace weir {

void EventQueue::at(TimePoint when, std::function<void()> event) {
  heap_.push_back({std::max(when, now_), made_++, std::move(event)});
  std::push_heap(heap_.begin(), heap_.end());
}

void EventQueue::run_until(TimePoint end) {
  while (!heap_.empty() && heap_.front().when <= end) {
    std::pop_heap(heap_.begin(), heap_.end());
    const Event event = std::move(heap_.back());
    heap_.pop_back();
    now_ = event.when;
    event.run();
  }
  now_ = std::max(now_, end);
}

bool SimulatedWay::send(std::size_t bytes, std::function<void()> deliver) {
  if (cut_ || queued_ + bytes > traits_.max_queued) return false;
  queued_ += bytes;
  Message message{sent_++, bytes, std::move(deliver)};
  if (stalled_) {
    held_.push_back(std::move(message));
  } else {
    move(std::move(message));
  }
  return true;
}

void SimulatedWay::move(Message message) {
  const TimePoint start = std::max(events_.now(), free_);
  const double seconds =
      traits_.bytes_per_second > 0 ? static_cast<double>(message.bytes) / traits_.bytes_per_second : 0;
  free_ = start + Duration(static_cast<Duration::rep>(seconds * 1e9));
  const Duration jitter(static_cast<Duration::rep>(random_.uniform() * static_cast<double>(traits_.jitter.count())));
  last_arrival_ = std::max(last_arrival_, free_ + traits_.delay + jitter);
  events_.at(last_arrival_, [this, message = std::move(message)]() mutable {
    if (cut_) return;
    if (stalled_) {  // it was sent before those that are held
      const auto later =
          std::find_if(held_.begin(), held_.end(), [&](const Message& other) { return other.number > message.number; });
      held_.insert(later, std::move(message));
      return;
    }
    queued_ -= message.bytes;
    message.deliver();
  });
}

void SimulatedWay::stall() { stalled_ = true; }

void SimulatedWay::resume() {
  stalled_ = false;
  free_ = events_.now();
  for (std::deque<Message> held = std::exchange(held_, {}); !held.empty(); held.pop_front()) {
    move(std::move(held.front()));
  }
}

void SimulatedWay::cut() {
  cut_ = true;
  held_.clear();
}

}  // namespace weir
