// SPDX-License-Identifier: Apache-2.0
#include "stages/control/trace_capacity.hpp"

#include <algorithm>
#include <vector>

namespace weir {

Capacity capacity_of(const LinkTrace& trace, Duration longest) {
  if (trace.length() == Duration{}) return Capacity(trace.at({}).bits_per_second);
  const Duration length = std::min(trace.length(), std::max(longest, Duration(std::chrono::milliseconds(1))));
  std::vector<CapacityStep> steps;
  for (TimePoint at{}; at < TimePoint{} + length; at = trace.next_change(at)) {
    steps.push_back({at.time_since_epoch(), trace.at(at).bits_per_second});
  }
  return *Capacity::create(steps, length);  // a trace has increasing times and rates of at least 0
}

}  // namespace weir
