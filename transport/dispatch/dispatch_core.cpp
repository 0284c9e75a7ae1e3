// SPDX-License-Identifier: Apache-2.0
#include "transport/dispatch/dispatch_core.hpp"

#include <algorithm>

namespace weir {
namespace {

constexpr Duration kForgotten = std::chrono::seconds(2);  // a worker says something about a cancelled request by then
constexpr Duration kLongestBusy = std::chrono::seconds(10);

}  // namespace

void DispatchCore::enter(TimePoint time) {
  now_ = std::max(now_, time);
  expire(Late::before_now);
}

DispatchPeer* DispatchCore::peer(PeerId worker) {
  const auto found =
      std::find_if(peers.begin(), peers.end(), [&](const DispatchPeer& one) { return one.id == worker; });
  return found == peers.end() ? nullptr : &*found;
}

OpenRequest* DispatchCore::find(RequestId id) {
  const auto found =
      std::find_if(open_.begin(), open_.end(), [&](const OpenRequest& one) { return one.request.id == id; });
  return found == open_.end() ? nullptr : &*found;
}

void DispatchCore::submit(const Request& request) {
  ++counters.submitted;
  OpenRequest open;
  open.request = request;
  open.submitted = now_;
  const bool duplicate = find(request.id) != nullptr;
  if (duplicate || request.deadline <= now_) {
    ++(duplicate ? counters.nacks : counters.expired);
    const std::string_view reason = duplicate ? "duplicate" : "deadline";
    actions.finish(request, {duplicate ? Ending::nack : Ending::expired, reason, 0, 0});
    return;
  }
  const auto place =
      std::upper_bound(open_.begin(), open_.end(), request,
                       [](const Request& value, const OpenRequest& one) { return goes_before(value, one.request); });
  open_.insert(place, std::move(open));
}

void DispatchCore::pong(DispatchPeer& peer, std::uint64_t token) {
  if (const auto sample = peer.liveness.pong(token, now_)) peer.learn_round_trip(*sample);
  heard(peer);
  // A worker answers what was cancelled, too. One that did not, although it answered pings all the time, never will:
  // its credit must not be lost for good.
  const auto asked = peer.liveness.ping_time(token);
  for (std::size_t i = 0; asked && i < peer.attempts.size();) {
    Attempt& attempt = peer.attempts[i];
    if (attempt.silent_since != kNever && *asked >= attempt.silent_since + kForgotten) {
      peer.remove(attempt.id, now_);
      continue;
    }
    if (attempt.cancelled <= *asked) attempt.silent_since = std::min(attempt.silent_since, now_);
    ++i;
  }
}

bool DispatchCore::answered(DispatchPeer& peer, RequestId id, Duration service) {
  const auto attempt = peer.remove(id, now_);
  if (attempt) peer.learn_answer(*attempt, service, options, now_);
  OpenRequest* open = attempt ? find(id) : nullptr;
  if (open == nullptr) {
    ++counters.late;
    ++peer.late;
    return false;
  }
  if (attempt->cancelled == kNever) --open->live;
  ++peer.results;
  end(static_cast<std::size_t>(open - open_.data()), {Ending::result, "", peer.id, open->sends});
  return true;
}

void DispatchCore::refused(DispatchPeer& peer, RequestId id, std::string_view reason, Duration retry_after) {
  const auto attempt = peer.remove(id, now_);
  if (!attempt) return;
  ++peer.nacks;
  const bool busy = reason == "busy", drains = reason == "draining";
  const bool unable = reason == "unknown_service" || reason == "fingerprint";
  if (busy) peer.busy_until = now_ + std::clamp<Duration>(retry_after, options.least_attempt / 10, kLongestBusy);
  if (drains) peer.draining = true;
  if (unable) peer.refuse(attempt->service);
  OpenRequest* open = attempt->cancelled == kNever ? find(id) : nullptr;
  if (open == nullptr) return;
  if (reason == "expired") peer.learn_refused(*attempt, options, now_);
  if (!busy) open->add_failure(peer.id);
  attempt_failed(*open, reason, !busy && !drains && !unable);
}

void DispatchCore::attempt_failed(OpenRequest& open, std::string_view reason, bool counts) {
  --open.live;
  if (!counts) --open.attempts;
  open.reason = reason;
  if (open.live > 0 || open.waiting) return;
  if (open.may_send(options)) {
    open.waiting = true;
  } else {
    end_failed(static_cast<std::size_t>(&open - open_.data()), reason, Ending::nack);
  }
}

void DispatchCore::lost(PeerId worker) {
  const auto found =
      std::find_if(peers.begin(), peers.end(), [&](const DispatchPeer& one) { return one.id == worker; });
  if (found == peers.end()) return;
  const std::vector<Attempt> attempts = std::move(found->attempts);
  peers.erase(found);
  for (const Attempt& attempt : attempts) {
    OpenRequest* open = attempt.cancelled == kNever ? find(attempt.id) : nullptr;
    if (open != nullptr) attempt_failed(*open, "worker_lost", true);
  }
}

void DispatchCore::end_all(std::string_view reason) {
  while (!open_.empty()) end(open_.size() - 1, {Ending::nack, reason, 0, open_.back().sends});
}

void DispatchCore::end(std::size_t index, const Verdict& verdict) {
  const OpenRequest open = std::move(open_[index]);
  open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(index));
  cancel_attempts(open.request.id, nullptr);
  switch (verdict.ending) {
    case Ending::result:
      ++counters.results;
      break;
    case Ending::nack:
      ++counters.nacks;
      break;
    case Ending::expired:
      ++counters.expired;
      break;
  }
  actions.finish(open.request, verdict);
}

void DispatchCore::end_failed(std::size_t index, std::string_view otherwise, Ending ending) {
  const OpenRequest& open = open_[index];
  const std::string reason = open.reason;  // the request is gone when the verdict is told
  if (reason.empty()) {
    end(index, {ending, otherwise, 0, open.sends});
  } else {
    end(index, {reason == "expired" ? Ending::expired : Ending::nack, reason, 0, open.sends});
  }
}

void DispatchCore::cancel_attempts(RequestId id, const DispatchPeer* but) {
  OpenRequest* open = find(id);
  for (DispatchPeer& peer : peers) {
    if (&peer == but) continue;
    const auto attempt = std::find_if(peer.attempts.begin(), peer.attempts.end(),
                                      [&](const Attempt& one) { return one.id == id && one.cancelled == kNever; });
    if (attempt == peer.attempts.end()) continue;
    attempt->cancelled = now_;
    if (open != nullptr) --open->live;
    if (actions.cancel(peer.id, id)) peer.take_back(id, now_);
  }
}

}  // namespace weir
