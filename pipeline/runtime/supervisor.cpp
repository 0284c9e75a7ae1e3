// SPDX-License-Identifier: Apache-2.0
#include "pipeline/runtime/supervisor.hpp"

#include <algorithm>

#include "pipeline/base/format.hpp"

namespace weir {

Supervisor::Supervisor(RunState& run, std::function<void()> stop_sources, std::function<void()> abort)
    : run_(run), stop_sources_(std::move(stop_sources)), abort_(std::move(abort)) {}

void Supervisor::start() {
  if (run_.options.duration) end_ = run_.clock->now() + *run_.options.duration;
  thread_ = std::thread([this] { loop(); });
}

void Supervisor::finish() {
  {
    const std::lock_guard lock(mutex_);
    finished_ = true;
    changed_ = true;
  }
  run_.clock->notify();
  if (thread_.joinable()) thread_.join();
}

void Supervisor::stop_requested() {
  {
    const std::lock_guard lock(mutex_);
    changed_ = true;
  }
  run_.clock->notify();
}

void Supervisor::wake_at(TimePoint when, TokenReceiver& node) {
  {
    const std::lock_guard lock(mutex_);
    alarms_.emplace_back(when, &node);
    changed_ = true;
  }
  run_.clock->notify();
}

TimePoint Supervisor::next_event() {
  if (run_.stopping.load() && !told_sources_) return TimePoint::min();
  TimePoint next = kNever;
  for (const auto& alarm : alarms_) next = std::min(next, alarm.first);
  if (end_ && !run_.stopping.load()) next = std::min(next, *end_);
  if (drain_ && !aborted_) next = std::min(next, *drain_);
  return next;
}

void Supervisor::loop() {
  for (;;) {
    TimePoint next;
    {
      const std::lock_guard lock(mutex_);
      if (finished_) return;
      changed_ = false;
      next = next_event();
    }
    run_.clock->wait_until(next, [this] {
      const std::lock_guard lock(mutex_);
      return changed_;
    });
    handle_events();
  }
}

void Supervisor::handle_events() {
  const TimePoint now = run_.clock->now();
  if (end_ && now >= *end_ && !run_.stopping.load()) run_.request_stop();
  std::vector<TokenReceiver*> due;
  bool tell = false;
  bool abort = false;
  {
    const std::lock_guard lock(mutex_);
    if (run_.stopping.load() && !told_sources_) {
      told_sources_ = tell = true;
      drain_ = run_.stop_time() + run_.options.drain;
    }
    if (drain_ && now >= *drain_ && !aborted_) aborted_ = abort = true;
    for (std::size_t i = 0; i < alarms_.size();) {
      if (alarms_[i].first > now) {
        ++i;
        continue;
      }
      due.push_back(alarms_[i].second);
      alarms_.erase(alarms_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  if (tell) {
    stop_sources_();
    run_.clock->notify();  // a source may be waiting for its next frame's time
  }
  if (abort) {
    abort_();
    run_.warn("the run did not drain within " + format_duration(run_.options.drain) +
              " of its stop; frames still waiting are dropped as `stopped`");
  }
  for (TokenReceiver* node : due) node->on_room();
}

}  // namespace weir
