// SPDX-License-Identifier: Apache-2.0
#include "pipeline/link_monitor.hpp"

#include <algorithm>

namespace weir {

void LinkMonitor::asked(StreamId stream, std::uint64_t frame, std::size_t bytes, TimePoint now) {
  const std::lock_guard lock(mutex_);
  open_.push_back({.stream = stream, .frame = frame, .bytes = bytes, .asked = now});
}

void LinkMonitor::ended(StreamId stream, std::uint64_t frame, const Ending& how, TimePoint now) {
  const std::lock_guard lock(mutex_);
  const auto found =
      std::ranges::find_if(open_, [&](const Exchange& e) { return e.stream == stream && e.frame == frame; });
  if (found == open_.end()) return;
  Exchange done = *found;
  open_.erase(found);
  done.ended = now;
  done.bytes = how.bytes.value_or(done.bytes);
  done.end = how.end;
  done.worker = is_done(how.end) ? how.worker : -1;
  done.service = is_done(how.end) ? how.service : Duration(0);
  if (ended_.size() == kKept) {
    ended_.pop_front();
    ++forgotten_;
  }
  ended_.push_back(done);
}

void LinkMonitor::under_way(std::vector<Exchange>& to) const {
  const std::lock_guard lock(mutex_);
  to.insert(to.end(), open_.begin(), open_.end());
}

std::uint64_t LinkMonitor::ended_since(std::uint64_t position, std::vector<Exchange>& to) const {
  const std::lock_guard lock(mutex_);
  const std::uint64_t skip = position > forgotten_ ? std::min<std::uint64_t>(position - forgotten_, ended_.size()) : 0;
  to.insert(to.end(), ended_.begin() + static_cast<std::ptrdiff_t>(skip), ended_.end());
  return forgotten_ + ended_.size();
}

}  // namespace weir
