// SPDX-License-Identifier: Apache-2.0
#include "kernels/control/capacity.hpp"

#include <algorithm>
#include <cmath>

namespace weir {
namespace {

constexpr double kFarthest = 10 * 365.25 * 86400;  // seconds

double seconds(Duration d) { return std::chrono::duration<double>(d).count(); }

/// `from` plus so many seconds, to the next nanosecond; kNever where it is too far.
TimePoint later(TimePoint from, double by) {
  if (!(by < kFarthest)) return kNever;
  return from + Duration(static_cast<Duration::rep>(std::ceil(by * 1e9)));
}

}  // namespace

Capacity::Capacity(double bits_per_second) : steps_{{Duration{}, std::max(bits_per_second, 0.0)}}, before_{0, 0} {}

Result<Capacity> Capacity::create(std::span<const CapacityStep> steps, Duration length) {
  if (steps.empty()) return fail(Code::invalid, "the capacity of a link has no step; give one at least");
  Capacity made;
  made.length_ = length;
  made.before_.push_back(0);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const CapacityStep& step = steps[i];
    const Duration end = i + 1 < steps.size() ? steps[i + 1].start : length;
    if ((i == 0 && step.start != Duration{}) || end <= step.start) {
      return fail(Code::invalid,
                  "the steps of a link's capacity must begin at 0 and increase, up to its length; step " +
                      std::to_string(i) + " does not");
    }
    if (!std::isfinite(step.bits_per_second) || step.bits_per_second < 0) {
      return fail(Code::invalid, "the rate of step " + std::to_string(i) + " is not a number of at least 0");
    }
    made.steps_.push_back(step);
    made.before_.push_back(made.before_.back() + step.bits_per_second * seconds(end - step.start));
  }
  return made;
}

std::size_t Capacity::index_at(Duration within) const {
  const auto after = std::upper_bound(steps_.begin(), steps_.end(), within,
                                      [](Duration when, const CapacityStep& step) { return when < step.start; });
  return static_cast<std::size_t>(after - steps_.begin()) - 1;
}

double Capacity::bits_per_second(TimePoint when) const {
  if (length_ == Duration{}) return steps_[0].bits_per_second;
  return steps_[index_at(std::max(when.time_since_epoch(), Duration{}) % length_)].bits_per_second;
}

double Capacity::bits_until(TimePoint when) const {
  const Duration since = std::max(when.time_since_epoch(), Duration{});
  if (length_ == Duration{}) return steps_[0].bits_per_second * seconds(since);
  const Duration within = since % length_;
  const std::size_t at = index_at(within);
  return static_cast<double>(since / length_) * before_.back() + before_[at] +
         steps_[at].bits_per_second * seconds(within - steps_[at].start);
}

double Capacity::bits(TimePoint from, TimePoint to) const {
  return to > from ? std::max(bits_until(to) - bits_until(from), 0.0) : 0;
}

TimePoint Capacity::when_passed(TimePoint from, double bits) const {
  if (from == kNever) return kNever;
  from = std::max(from, TimePoint{});
  if (bits <= 0) return from;
  if (length_ == Duration{}) return later(from, bits / steps_[0].bits_per_second);
  if (before_.back() <= 0) return kNever;
  const Duration within = from.time_since_epoch() % length_;
  const std::size_t at = index_at(within);
  // From here on all is counted from the start of the round that `from` lies in.
  double wanted = before_[at] + steps_[at].bits_per_second * seconds(within - steps_[at].start) + bits;
  const double rounds = std::max(std::ceil(wanted / before_.back()) - 1, 0.0);
  wanted -= rounds * before_.back();
  const auto reached = std::lower_bound(before_.begin() + 1, before_.end() - 1, wanted);
  const auto step = static_cast<std::size_t>(reached - before_.begin()) - 1;
  const double rate = steps_[step].bits_per_second;
  const double into = rate > 0 ? std::max(wanted - before_[step], 0.0) / rate : 0;
  const TimePoint round = from - within;
  return std::max(later(round, rounds * seconds(length_) + seconds(steps_[step].start) + into), from);
}

}  // namespace weir
