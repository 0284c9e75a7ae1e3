// SPDX-License-Identifier: Apache-2.0
#include "transport/dispatch/choice.hpp"

#include <algorithm>

namespace weir {
namespace {

constexpr Duration kOld = std::chrono::seconds(1);  // what was learned of a worker

bool may_serve(const DispatchPeer& peer, const OpenRequest& open) {
  const Request& request = open.request;
  return !peer.draining && peer.serves(request.service) && peer.facts.messages > 0 &&
         request.bytes <= std::min(peer.facts.bytes, peer.facts.max_body) && !open.failed(peer.id) &&
         !peer.has(request.id);
}

class Chooser {
 public:
  Chooser(std::vector<DispatchPeer>& peers, const OpenRequest& open, int ahead, const DispatchOptions& options,
          TimePoint now)
      : peers_(peers),
        open_(open),
        ahead_(ahead),
        options_(options),
        now_(now),
        left_(time_left(open.request.deadline, now)) {}

  Choice choose() {
    look();
    if (!offered_) return {};
    if (healthy_) return among_healthy();
    if (suspects_) return among_suspects();
    return try_anyway();
  }

 private:
  const Request& request() const { return open_.request; }

  Duration least(const DispatchPeer& peer) const {
    return std::max(peer.busy_until - now_, Duration{}) + peer.least_time(request(), options_);
  }
  bool can(const DispatchPeer& peer) const { return may_serve(peer, open_) && least(peer) <= left_; }
  bool ready(const DispatchPeer& peer) const {
    return peer.has_credit(request().bytes) && peer.busy_until <= now_ && peer.blocked_until <= now_;
  }

  /// Finds which kinds of workers there are, and when something may change without anybody saying so.
  void look() {
    TimePoint last_start = TimePoint::min();
    for (const DispatchPeer& peer : peers_) {
      if (!may_serve(peer, open_)) continue;
      offered_ = true;
      if (!can(peer)) continue;
      (peer.liveness.suspect() ? suspects_ : healthy_) = true;
      last_start = std::max(last_start, now_ + (left_ - least(peer)));
      wake_at(peer.busy_until);
      wake_at(peer.blocked_until);
    }
    if (request().deadline == kNever) return;
    wake_at(request().deadline);
    if (healthy_ || suspects_) wake_at(last_start + Duration(1));
  }

  void wake_at(TimePoint when) {
    if (when > now_) again_ = std::min(again_, when);
  }

  Choice send(DispatchPeer* peer, bool against_odds) const { return {Choice::Kind::send, peer, against_odds, kNever}; }
  Choice wait() const { return {Choice::Kind::wait, nullptr, false, again_}; }

  Choice among_healthy() {
    Duration best = Duration::max();
    for (const DispatchPeer& peer : peers_) {
      if (worth_it(peer)) best = std::min(best, expected(peer));
    }
    // Equally good ones take turns: then each is known, and found out soon when it stops.
    DispatchPeer* next = nullptr;
    for (DispatchPeer& peer : peers_) {
      if (!worth_it(peer) || !ready(peer)) continue;
      const Duration time = expected(peer);
      if (time > left_ || (time > best + best / 4 && !worth_knowing(peer, time))) continue;
      if (next == nullptr || peer.sent < next->sent) next = &peer;
    }
    return next != nullptr ? send(next, false) : wait();
  }

  /// Whether to see how fast an idle worker is (now), when there is time to ask another one after it.
  bool worth_knowing(const DispatchPeer& peer, Duration time) const {
    const bool may_go_on = open_.sends == 0 && options_.attempts > 1;
    return may_go_on && peer.attempts.empty() && time <= left_ / 2 &&
           now_ >= std::max(peer.learned(request().service), peer.sent) + kOld;
  }

  /// Whether to send to it, or to wait until that is possible.
  bool worth_it(const DispatchPeer& peer) const {
    if (peer.liveness.suspect() || peer.blocked_until > now_ || !can(peer)) return false;
    return ready(peer) || !peer.overdue();
  }

  Duration expected(const DispatchPeer& peer) const {
    const Duration busy = std::max(peer.busy_until - now_, Duration{});
    return busy + (peer.has_credit(request().bytes) ? peer.expected_time(request(), options_, now_)
                                                    : peer.expected_without_credit(request(), ahead_, options_, now_));
  }

  /// When a suspect worker may be sent something: it was just pinged and may answer, or it is due for a try.
  TimePoint may_try(const DispatchPeer& peer) const {
    const TimePoint since = peer.liveness.suspect_since();
    if (now_ < since + peer.round_trip().slow() + options_.least_attempt) return now_;
    return std::max(since, peer.tried) + options_.suspect_retry;
  }

  Choice among_suspects() {
    DispatchPeer* best = nullptr;
    Duration best_time = Duration::max();
    for (DispatchPeer& peer : peers_) {
      if (!peer.liveness.suspect() || !can(peer) || !ready(peer)) continue;
      wake_at(may_try(peer));
      if (may_try(peer) > now_) continue;
      const Duration time = peer.expected_time(request(), options_, now_);
      if (time >= best_time) continue;
      best = &peer;
      best_time = time;
    }
    return best != nullptr ? send(best, true) : wait();
  }

  Choice try_anyway() {
    DispatchPeer* best = nullptr;
    const bool fresh = open_.sends == 0 && left_ > Duration{} && now_ - open_.submitted <= left_;
    for (DispatchPeer& peer : peers_) {
      if (!fresh || !may_serve(peer, open_) || !ready(peer)) continue;
      const TimePoint known = std::max(peer.learned(request().service), peer.tried);
      if (now_ < known + options_.suspect_retry) continue;
      if (peer.liveness.suspect() && may_try(peer) > now_) continue;
      if (best == nullptr || least(peer) < least(*best)) best = &peer;
    }
    return best != nullptr ? send(best, true) : Choice{Choice::Kind::late, nullptr, false, kNever};
  }

  std::vector<DispatchPeer>& peers_;
  const OpenRequest& open_;
  int ahead_;
  const DispatchOptions& options_;
  TimePoint now_;
  Duration left_;
  bool offered_ = false, healthy_ = false, suspects_ = false;
  TimePoint again_ = kNever;
};

}  // namespace

Choice choose(std::vector<DispatchPeer>& peers, const OpenRequest& open, int ahead, const DispatchOptions& options,
              TimePoint now) {
  return Chooser(peers, open, ahead, options, now).choose();
}

bool has_other(const std::vector<DispatchPeer>& peers, const OpenRequest& open, const DispatchPeer& but) {
  return std::any_of(peers.begin(), peers.end(), [&](const DispatchPeer& peer) {
    return peer.id != but.id && !peer.liveness.suspect() && may_serve(peer, open);
  });
}

}  // namespace weir
