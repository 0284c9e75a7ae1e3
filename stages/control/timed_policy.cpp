// SPDX-License-Identifier: Apache-2.0
#include "stages/control/timed_policy.hpp"

#include <algorithm>

namespace weir {

TimedPolicy::TimedPolicy(Policy& policy, const Clock& clock, std::size_t decisions) : policy_(policy), clock_(clock) {
  took_.reserve(decisions);
}

Decision TimedPolicy::decide(const Situation& situation) {
  const TimePoint begin = clock_.now();
  const Decision decision = policy_.decide(situation);
  took_.push_back(std::chrono::duration<double, std::micro>(clock_.now() - begin).count());
  return decision;
}

double TimedPolicy::microseconds(double share) {
  if (took_.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(std::clamp(share, 0.0, 1.0) * static_cast<double>(took_.size() - 1));
  std::nth_element(took_.begin(), took_.begin() + at, took_.end());
  return took_[static_cast<std::size_t>(at)];
}

}  // namespace weir
