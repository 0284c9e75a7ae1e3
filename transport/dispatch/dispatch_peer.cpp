// SPDX-License-Identifier: Apache-2.0
#include "transport/dispatch/dispatch_peer.hpp"

#include <algorithm>

namespace weir {

bool DispatchPeer::serves(std::uint32_t service) const {
  return std::find(facts.services.begin(), facts.services.end(), service) != facts.services.end();
}

void DispatchPeer::refuse(std::uint32_t service) { std::erase(facts.services, service); }

bool DispatchPeer::has_credit(std::size_t bytes) const {
  return static_cast<int>(attempts.size()) < facts.messages && used_bytes_ + bytes <= facts.bytes;
}

bool DispatchPeer::has(RequestId request) const {
  return std::any_of(attempts.begin(), attempts.end(), [&](const Attempt& one) { return one.id == request; });
}

bool DispatchPeer::overdue() const {
  return std::any_of(attempts.begin(), attempts.end(), [](const Attempt& one) { return one.overdue; });
}

ServiceEstimate& DispatchPeer::estimate(std::uint32_t service, const DispatchOptions& options) {
  last_service_ = service;
  for (auto& [number, known] : estimates_) {
    if (number == service) return known;
  }
  return estimates_.emplace_back(service, ServiceEstimate(options.first_service)).second;
}

Duration DispatchPeer::service_mean(std::uint32_t service, const DispatchOptions& options) const {
  for (const auto& [number, known] : estimates_) {
    if (number == service) return known.mean();
  }
  return options.first_service;
}

TimePoint DispatchPeer::learned(std::uint32_t service) const {
  for (const auto& [number, known] : estimates_) {
    if (number == service) return known.learned();
  }
  return TimePoint::min();
}

Duration DispatchPeer::link_wait(TimePoint now) const {
  return attempts.empty() ? Duration{} : std::max(link_free_ - now, Duration{});
}

Duration DispatchPeer::queue_wait(int ahead, Duration mean) const {
  const int parallel = std::max(facts.parallel, 1);
  return ahead < parallel ? Duration{} : mean * (ahead - parallel + 1) / parallel;
}

Duration DispatchPeer::least_time(const Request& request, const DispatchOptions& options) const {
  return round_trip_.typical() + rate_.transfer(request.bytes) + service_mean(request.service, options);
}

Duration DispatchPeer::expected_time(const Request& request, const DispatchOptions& options, TimePoint now) const {
  const Duration mean = service_mean(request.service, options), half_way = round_trip_.typical() / 2;
  const Duration there = link_wait(now) + rate_.transfer(request.bytes) + half_way;
  const Duration turn = queue_wait(static_cast<int>(attempts.size()), mean);
  return std::max(there, turn) + mean + half_way;
}

Duration DispatchPeer::expected_without_credit(const Request& request, int ahead, const DispatchOptions& options,
                                               TimePoint now) const {
  const Duration alone = least_time(request, options);
  if (attempts.empty()) return alone;
  const auto count = static_cast<int>(attempts.size());
  const Duration early = attempts[static_cast<std::size_t>(ahead % count)].expected - now;
  // What is late already is expected to take as long again.
  return (early < Duration{} ? -early : early) + (1 + ahead / count) * alone;
}

Duration DispatchPeer::patience(const Request& request, const DispatchOptions& options, TimePoint now) const {
  const Duration mean = service_mean(request.service, options);
  Duration tail{};
  for (const auto& [number, known] : estimates_) tail = number == request.service ? known.tail() : tail;
  const Duration there = link_wait(now) + rate_.transfer(request.bytes);
  const Duration turn = queue_wait(static_cast<int>(attempts.size()), mean);
  return std::max(there, turn) + round_trip_.slow() + std::max(2 * mean, tail);
}

Duration DispatchPeer::budget(const Request& request, Duration left, TimePoint now) const {
  return left - round_trip_.typical() - link_wait(now) - rate_.transfer(request.bytes);
}

void DispatchPeer::add(const Request& request, Duration budget, TimePoint times_out, const DispatchOptions& options,
                       TimePoint now) {
  Attempt attempt;
  attempt.id = request.id;
  attempt.service = request.service;
  attempt.bytes = request.bytes;
  attempt.bytes_ahead = rate_.bytes_in(link_wait(now));
  attempt.budget = budget;
  attempt.sent = attempt.began = now;
  attempt.ahead = static_cast<int>(attempts.size());
  attempt.expected = now + expected_time(request, options, now);
  attempt.times_out = times_out;
  link_free_ = now + link_wait(now) + rate_.transfer(request.bytes);
  used_bytes_ += request.bytes;
  sent = now;
  attempts.push_back(attempt);
}

std::optional<Attempt> DispatchPeer::remove(RequestId request, TimePoint now) {
  auto entry = std::find_if(attempts.begin(), attempts.end(), [&](const Attempt& one) { return one.id == request; });
  if (entry == attempts.end()) return std::nullopt;
  const Attempt attempt = *entry;
  used_bytes_ -= attempt.bytes;
  entry = attempts.erase(entry);
  // A place at the worker got free: for the later ones it is one less ahead.
  for (; entry != attempts.end(); ++entry) {
    if (--entry->ahead == std::max(facts.parallel, 1) - 1) entry->began = now;
  }
  return attempt;
}

void DispatchPeer::take_back(RequestId request, TimePoint now) {
  if (const auto attempt = remove(request, now)) link_free_ -= rate_.transfer(attempt->bytes);
}

void DispatchPeer::learn_answer(const Attempt& attempt, Duration service, const DispatchOptions& options,
                                TimePoint now) {
  // The worker tells how long it had the request; how long it worked on it is at most since it had a place to run.
  const Duration worked = attempt.began > attempt.sent ? std::min(service, now - attempt.began) : service;
  estimate(attempt.service, options).learn(worked, now);
  if (round_trip_.slow() > Duration{}) {
    rate_.learn(attempt.bytes + attempt.bytes_ahead, now - attempt.sent - service - round_trip_.slow());
  }
}

void DispatchPeer::learn_overdue(const Attempt& attempt, const DispatchOptions& options, TimePoint now) {
  if (attempt.ahead >= std::max(facts.parallel, 1)) return;  // it may well not have begun
  const Duration way = round_trip_.slow() + rate_.transfer(attempt.bytes + attempt.bytes_ahead);
  estimate(attempt.service, options).learn_at_least(now - attempt.began - way, now);
}

void DispatchPeer::learn_refused(const Attempt& attempt, const DispatchOptions& options, TimePoint now) {
  estimate(attempt.service, options).learn_at_least(attempt.budget, now);
}

}  // namespace weir
