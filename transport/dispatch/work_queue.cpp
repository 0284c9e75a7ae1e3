// SPDX-License-Identifier: Apache-2.0
#include "transport/dispatch/work_queue.hpp"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "transport/dispatch/estimates.hpp"

namespace weir {
namespace {

/// What was learned of a service that did not run for so long may be wrong by now: one item is let in to find out.
constexpr Duration kStale = std::chrono::milliseconds(200);
constexpr Duration kShortestRetry = std::chrono::milliseconds(1), kLongestRetry = std::chrono::seconds(1);

struct Waiting {
  WorkItem item;
  bool trial = false;  // let in although its time should not do
};

struct Running {
  WorkItem item;
  TimePoint since;
};

bool same(const WorkItem& item, DeviceId device, std::uint64_t id) { return item.device == device && item.id == id; }

/// A device's items stand together, newest first.
bool before(const WorkItem& a, const WorkItem& b) {
  return std::tuple(a.device, b.order, a.id) < std::tuple(b.device, a.order, b.id);
}

}  // namespace

struct WorkQueue::Impl {
  explicit Impl(const WorkQueueOptions& wanted) : options(wanted) { options.parallel = std::max(options.parallel, 1); }

  WorkQueueOptions options;
  std::vector<Waiting> waiting;  // sorted by before()
  std::vector<Running> running;
  std::vector<std::pair<std::uint32_t, ServiceEstimate>> services;
  std::size_t bytes = 0;
  DeviceId served = 0;  // the device that had the last turn
  bool draining = false;
  TimePoint now{};

  void enter(TimePoint time) { now = std::max(now, time); }
  bool full() const { return static_cast<int>(running.size()) >= options.parallel; }

  const ServiceEstimate* find(std::uint32_t number) const {
    for (const auto& [known, estimate] : services) {
      if (known == number) return &estimate;
    }
    return nullptr;
  }

  Duration mean(std::uint32_t number) const {
    const ServiceEstimate* estimate = find(number);
    return estimate == nullptr ? Duration{} : estimate->mean();
  }

  void learn(std::uint32_t number, Duration ran) {
    const auto known =
        std::find_if(services.begin(), services.end(), [&](const auto& entry) { return entry.first == number; });
    (known == services.end() ? services.emplace_back(number, ServiceEstimate(Duration{})) : *known)
        .second.learn(ran, now);
  }

  bool has(DeviceId device, std::uint64_t id) const {
    const auto is_it = [&](const auto& entry) { return same(entry.item, device, id); };
    return std::any_of(waiting.begin(), waiting.end(), is_it) || std::any_of(running.begin(), running.end(), is_it);
  }

  bool too_late(const Waiting& entry) const {
    const Duration needed = entry.trial ? Duration{} : mean(entry.item.service);
    return entry.item.deadline != kNever && now + needed > entry.item.deadline;
  }

  /// Until a slot is free.
  Duration slot_wait() const {
    if (!full()) return {};
    Duration least = Duration::max();
    for (const Running& entry : running) {
      least = std::min(least, std::max(mean(entry.item.service) - (now - entry.since), Duration{}));
    }
    return least;
  }

  /// Until this item has its turn: after the newer ones of its device, and as many of each other device.
  Duration turn_wait(const WorkItem& item) const {
    std::size_t newer = 0;
    for (const Waiting& entry : waiting) newer += entry.item.device == item.device && before(entry.item, item) ? 1 : 0;
    Duration ahead{};
    std::size_t rank = 0;
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      const WorkItem& other = waiting[i].item;
      rank = i > 0 && waiting[i - 1].item.device == other.device ? rank + 1 : 0;
      const bool first = other.device == item.device ? rank < newer : rank <= newer;
      if (first && !too_late(waiting[i])) ahead += mean(other.service);
    }
    return slot_wait() + ahead / options.parallel;
  }

  /// Whether there is room to look anew at what was learned of this service, and reason to.
  bool may_try(std::uint32_t number) const {
    if (full() || !waiting.empty()) return false;
    for (const Running& entry : running) {
      if (entry.item.service == number) return false;
    }
    const ServiceEstimate* estimate = find(number);
    return estimate != nullptr && now - estimate->learned() >= kStale;
  }

  bool has_room(const WorkItem& item) const {
    const auto free_slots = static_cast<std::size_t>(options.parallel) -
                            std::min(running.size(), static_cast<std::size_t>(options.parallel));
    return waiting.size() < options.waiting + free_slots && bytes + item.bytes <= options.bytes;
  }

  Refusal busy(Duration wait) const { return {"busy", std::clamp(wait, kShortestRetry, kLongestRetry)}; }

  void release(const WorkItem& item) { bytes -= std::min(bytes, item.bytes); }

  void insert(const WorkItem& item, bool trial) {
    const auto place =
        std::lower_bound(waiting.begin(), waiting.end(), item,
                         [](const Waiting& entry, const WorkItem& value) { return before(entry.item, value); });
    waiting.insert(place, {item, trial});
    bytes += item.bytes;
  }
};

WorkQueue::WorkQueue(const WorkQueueOptions& options) : impl_(std::make_unique<Impl>(options)) {}
WorkQueue::~WorkQueue() = default;

std::optional<Refusal> WorkQueue::offer(const WorkItem& item, TimePoint now) {
  Impl& queue = *impl_;
  queue.enter(now);
  if (queue.draining) return Refusal{"draining", {}};
  if (queue.has(item.device, item.id)) return Refusal{"duplicate", {}};
  const Duration mean = queue.mean(item.service), wait = queue.turn_wait(item);
  bool trial = false;
  if (item.deadline != kNever) {
    const Duration left = item.deadline - queue.now;
    trial = left > Duration{} && mean > left && queue.may_try(item.service);
    if (left <= Duration{} || (mean > left && !trial)) return Refusal{"expired", {}};
    if (!trial && wait + mean > left) return queue.busy(wait);
  }
  if (!queue.has_room(item)) return queue.busy(queue.slot_wait() + mean);
  queue.insert(item, trial);
  return std::nullopt;
}

std::optional<WorkItem> WorkQueue::take(TimePoint now) {
  Impl& queue = *impl_;
  queue.enter(now);
  if (queue.full()) return std::nullopt;
  // The next device in the circle of their numbers, and of it the first (newest) item that is in time.
  const Waiting* next = nullptr;
  DeviceId distance = 0;
  for (const Waiting& entry : queue.waiting) {
    const DeviceId steps = entry.item.device - queue.served - 1;
    if ((next == nullptr || steps < distance) && !queue.too_late(entry)) {
      next = &entry;
      distance = steps;
    }
  }
  if (next == nullptr) return std::nullopt;
  const WorkItem item = next->item;
  queue.served = item.device;
  queue.waiting.erase(queue.waiting.begin() + (next - queue.waiting.data()));
  queue.running.push_back({item, queue.now});
  return item;
}

std::optional<WorkItem> WorkQueue::expired(TimePoint now) {
  Impl& queue = *impl_;
  queue.enter(now);
  const auto late = std::find_if(queue.waiting.begin(), queue.waiting.end(),
                                 [&](const Waiting& entry) { return queue.too_late(entry); });
  if (late == queue.waiting.end()) return std::nullopt;
  const WorkItem item = late->item;
  queue.waiting.erase(late);
  queue.release(item);
  return item;
}

void WorkQueue::done(const WorkItem& item, Duration ran, TimePoint now) {
  Impl& queue = *impl_;
  queue.enter(now);
  const auto entry = std::find_if(queue.running.begin(), queue.running.end(),
                                  [&](const Running& one) { return same(one.item, item.device, item.id); });
  if (entry == queue.running.end()) return;
  if (ran > Duration{}) queue.learn(entry->item.service, ran);
  queue.release(entry->item);
  queue.running.erase(entry);
}

bool WorkQueue::cancel(DeviceId device, std::uint64_t id) {
  auto& waiting = impl_->waiting;
  const auto entry =
      std::find_if(waiting.begin(), waiting.end(), [&](const Waiting& one) { return same(one.item, device, id); });
  if (entry == waiting.end()) return false;
  impl_->release(entry->item);
  waiting.erase(entry);
  return true;
}

void WorkQueue::forget(DeviceId device) {
  std::erase_if(impl_->waiting, [&](const Waiting& entry) {
    if (entry.item.device != device) return false;
    impl_->release(entry.item);
    return true;
  });
}

void WorkQueue::drain() { impl_->draining = true; }

bool WorkQueue::idle() const { return impl_->waiting.empty() && impl_->running.empty(); }

std::size_t WorkQueue::waiting() const { return impl_->waiting.size(); }

Duration WorkQueue::service_time(std::uint32_t service) const { return impl_->mean(service); }

}  // namespace weir
