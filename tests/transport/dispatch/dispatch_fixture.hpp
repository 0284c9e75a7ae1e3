// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "transport/dispatch/dispatcher.hpp"

namespace weir {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

inline TimePoint at(Duration since_start) { return TimePoint(since_start); }

/// Writes down what a dispatcher wants done.
class ActionLog : public DispatchActions {
 public:
  struct Sent {
    PeerId worker;
    RequestId id;
    int attempt;
    Duration budget;
  };
  struct Finished {
    RequestId id;
    Ending ending;
    std::string reason;
    PeerId worker;
    int attempts;
  };

  bool send(PeerId worker, const Request& request, int attempt, Duration budget) override {
    if (full.count(worker) > 0) return false;
    sent.push_back({worker, request.id, attempt, budget});
    return true;
  }
  bool cancel(PeerId worker, RequestId request) override {
    cancelled.emplace_back(worker, request);
    return withdraws;
  }
  void ping(PeerId worker, std::uint64_t token) override { pings.emplace_back(worker, token); }
  void finish(const Request& request, const Verdict& verdict) override {
    finished.push_back({request.id, verdict.ending, std::string(verdict.reason), verdict.worker, verdict.attempts});
  }

  std::set<PeerId> full;   ///< links that take nothing
  bool withdraws = false;  ///< whether what is cancelled has not left yet
  std::vector<Sent> sent;
  std::vector<std::pair<PeerId, RequestId>> cancelled;
  std::vector<std::pair<PeerId, std::uint64_t>> pings;
  std::vector<Finished> finished;
};

/// A dispatcher on a clock that the test moves. Workers know service 1.
class DispatchTest : public testing::Test {
 protected:
  void start(const DispatchOptions& options) { dispatcher_ = std::make_unique<Dispatcher>(options, log_); }

  Dispatcher& dispatcher() {
    if (!dispatcher_) start({});
    return *dispatcher_;
  }

  void join(PeerId worker, int messages = 2, std::size_t bytes = 1 << 20) {
    PeerFacts facts;
    facts.name = "w" + std::to_string(worker);
    facts.messages = messages;
    facts.bytes = bytes;
    facts.services = {1};
    dispatcher().peer_up(worker, facts, now_);
    answer_pings();
  }

  /// Joins and has answered eight requests in this time each; the links of the others are full meanwhile.
  void join_known(PeerId worker, Duration service, int messages = 2) {
    for (const PeerView& other : peers()) log_.full.insert(static_cast<PeerId>(other.name.back() - '0'));
    join(worker, messages);
    for (int i = 0; i < 8; ++i) {
      Request request = make(next_warm_++, seconds(10));
      dispatcher().submit(request, now_);
      ASSERT_EQ(last_sent().id, request.id);
      ASSERT_EQ(last_sent().worker, worker);
      now_ += service;
      ASSERT_TRUE(dispatcher().result(worker, request.id, service, now_));
      answer_pings();
    }
    for (const PeerId other : std::exchange(log_.full, {})) dispatcher().room(other, now_);
    log_.sent.clear();
    log_.finished.clear();
  }

  Request make(RequestId id, Duration budget, std::size_t bytes = 1000) const {
    Request request;
    request.id = request.order = id;
    request.service = 1;
    request.bytes = bytes;
    request.deadline = now_ + budget;
    return request;
  }

  void submit(RequestId id, Duration budget = milliseconds(100), std::size_t bytes = 1000) {
    dispatcher().submit(make(id, budget, bytes), now_);
  }
  bool result(PeerId worker, RequestId id, Duration service = milliseconds(5)) {
    return dispatcher().result(worker, id, service, now_);
  }
  void nack(PeerId worker, RequestId id, std::string_view reason, Duration retry = {}) {
    dispatcher().nack(worker, id, reason, retry, now_);
  }

  /// Moves time on, with a tick whenever one is due; workers in `answering_` answer pings at once.
  void pass(Duration time) {
    const TimePoint end = now_ + time;
    answer_pings();
    while (dispatcher().next_event() <= end) {
      ASSERT_GT(dispatcher().next_event(), last_tick_) << "a tick left something due";
      now_ = last_tick_ = std::max(now_, dispatcher().next_event());
      dispatcher().tick(now_);
      answer_pings();
    }
    now_ = end;
  }

  void answer_pings() {
    while (!log_.pings.empty()) {
      const auto [worker, token] = log_.pings.back();
      log_.pings.pop_back();
      if (silent_.count(worker) == 0) dispatcher().pong(worker, token, now_);
    }
  }

  const ActionLog::Sent& last_sent() const { return log_.sent.back(); }
  std::vector<PeerView> peers() {
    std::vector<PeerView> views;
    dispatcher().peers(views);
    return views;
  }
  PeerView view(PeerId worker) {
    for (const PeerView& one : peers()) {
      if (one.name == "w" + std::to_string(worker)) return one;
    }
    ADD_FAILURE() << "worker " << worker << " is not there";
    return {};
  }
  std::string ending(RequestId id) const {
    std::string all;
    for (const auto& one : log_.finished) {
      if (one.id != id) continue;
      const char* names[] = {"result", "nack", "expired"};
      all += std::string(all.empty() ? "" : "+") + names[static_cast<int>(one.ending)];
      if (!one.reason.empty()) all += ":" + one.reason;
    }
    return all;
  }

  ActionLog log_;
  TimePoint now_ = at(seconds(1));
  std::set<PeerId> silent_;  ///< workers that answer no ping

 private:
  std::unique_ptr<Dispatcher> dispatcher_;
  RequestId next_warm_ = 1'000'000'000;
  TimePoint last_tick_{};
};

}  // namespace weir
