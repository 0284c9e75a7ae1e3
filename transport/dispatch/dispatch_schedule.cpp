// SPDX-License-Identifier: Apache-2.0
// What DispatchCore does when time passes: deadlines, time-outs, heartbeats, and sending what waits.
#include <algorithm>

#include "transport/dispatch/dispatch_core.hpp"

namespace weir {
namespace {

constexpr Duration kBlocked = std::chrono::milliseconds(10);  // a full link that tells of no room is tried again

}  // namespace

void DispatchCore::advance() {
  expire(Late::now_too);
  for (DispatchPeer& peer : peers) check_peer(peer);
  pump();
}

TimePoint DispatchCore::next_event() const {
  TimePoint next = wake_;
  for (const OpenRequest& open : open_) next = std::min(next, open.request.deadline);
  for (const DispatchPeer& peer : peers) {
    next = std::min(next, peer.liveness.next(options));
    for (const Attempt& attempt : peer.attempts) next = std::min(next, attempt.times_out);
  }
  return next;
}

void DispatchCore::expire(Late late) {
  for (std::size_t i = 0; i < open_.size();) {
    const OpenRequest& open = open_[i];
    const TimePoint deadline = open.request.deadline;
    if (deadline < now_ || (late == Late::now_too && deadline == now_)) {
      end(i, {Ending::expired, open.overdue ? "attempt_timeout" : "deadline", 0, open.sends});
    } else {
      ++i;
    }
  }
}

void DispatchCore::check_peer(DispatchPeer& peer) {
  const bool silent = peer.liveness.gave_up(options, now_);
  for (Attempt& attempt : peer.attempts) {
    if (attempt.times_out == kNever || (!silent && attempt.times_out > now_)) continue;
    overdue(peer, attempt);
  }
  if (silent) suspect(peer);
  if (peer.liveness.next(options) <= now_) ping(peer);
}

void DispatchCore::ping(DispatchPeer& peer) {
  peer.liveness.pinged(++token_, now_);
  actions.ping(peer.id, token_);
}

void DispatchCore::suspect(DispatchPeer& peer) {
  if (peer.liveness.suspect()) return;
  peer.liveness.suspect(now_);
  for (Attempt& attempt : peer.attempts) attempt.silent_since = kNever;  // it may have stood still
  ping(peer);
}

void DispatchCore::overdue(DispatchPeer& peer, Attempt& attempt) {
  attempt.times_out = kNever;
  attempt.overdue = true;
  ++peer.timeouts;
  peer.learn_overdue(attempt, options, now_);
  suspect(peer);
  OpenRequest* open = attempt.cancelled == kNever ? find(attempt.id) : nullptr;
  if (open == nullptr) return;
  open->overdue = true;
  open->waiting = open->waiting || open->may_send(options);
}

void DispatchCore::pump() {
  wake_ = kNever;
  int ahead = 0;
  for (std::size_t i = 0; i < open_.size();) {
    OpenRequest& open = open_[i];
    if (!open.waiting) {
      ++i;
      continue;
    }
    const Choice choice = place(open, ahead);
    const bool late = choice.kind == Choice::Kind::late, nobody = choice.kind == Choice::Kind::nobody;
    if (choice.kind == Choice::Kind::wait) {
      wake_ = std::min(wake_, choice.again);
      ++ahead;
    }
    if (late || nobody) open.waiting = false;
    if ((late || nobody) && open.live == 0) {  // else its overdue attempt may still be answered
      end_failed(i, late ? "deadline" : "no_worker", late ? Ending::expired : Ending::nack);
    } else {
      ++i;
    }
  }
  drop_oldest();
}

Choice DispatchCore::place(OpenRequest& open, int ahead) {
  while (true) {
    const Choice choice = choose(peers, open, ahead, options, now_);
    if (choice.kind != Choice::Kind::send || send(open, choice)) return choice;
    choice.peer->blocked_until = now_ + kBlocked;
  }
}

bool DispatchCore::send(OpenRequest& open, const Choice& choice) {
  DispatchPeer& peer = *choice.peer;
  const Request& request = open.request;
  const Duration left = time_left(request.deadline, now_);
  const Duration budget = std::max(peer.budget(request, left, now_), choice.against_odds ? left / 2 : Duration{});
  Duration patience = peer.patience(request, options, now_);
  const bool may_follow = open.attempts + 1 < options.attempts && has_other(peers, open, peer);
  if (may_follow) patience = std::min(patience, left / 2);
  if (!actions.send(peer.id, request, open.sends, budget)) return false;

  peer.add(request, budget, now_ + std::max(patience, options.least_attempt), options, now_);
  if (choice.against_odds) peer.tried = now_;
  if (open.sends > 0) ++counters.redispatched;
  ++open.sends;
  ++open.attempts;
  ++open.live;
  open.waiting = false;
  cancel_attempts(request.id, &peer);
  return true;
}

void DispatchCore::drop_oldest() {
  const auto waits = [](const OpenRequest& open) { return open.waiting; };
  auto waiting = static_cast<std::size_t>(std::count_if(open_.begin(), open_.end(), waits));
  for (std::size_t i = open_.size(); i-- > 0 && waiting > options.waiting;) {
    if (!open_[i].waiting) continue;
    --waiting;
    open_[i].waiting = false;
    if (open_[i].live == 0) end(i, {Ending::nack, "overload", 0, open_[i].sends});
  }
}

}  // namespace weir
