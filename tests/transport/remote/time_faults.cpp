// SPDX-License-Identifier: Apache-2.0
// A machine that was asleep, or whose clock is wrong: the dispatcher is told times that jump.
#include <gtest/gtest.h>

#include <map>

#include "tests/transport/remote/fault_matrix.hpp"
#include "transport/dispatch/dispatcher.hpp"

namespace weir::test {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

/// A dispatcher with two workers that answer everything they are asked, when told to.
class Clockwork final : public DispatchActions {
 public:
  Clockwork() : dispatcher_({}, *this) {
    for (PeerId worker : {0U, 1U}) {
      PeerFacts facts;
      facts.name = "worker";
      facts.services = {0};
      dispatcher_.peer_up(worker, facts, now);
    }
  }
  ~Clockwork() override {
    dispatcher_.stop("stopped", now);
    const DispatchCounters& counters = dispatcher_.counters();
    EXPECT_EQ(counters.submitted, submitted_);
    EXPECT_EQ(counters.results + counters.nacks + counters.expired, submitted_);
    EXPECT_EQ(endings_.size(), submitted_);
    for (const auto& [id, count] : endings_) EXPECT_EQ(count, 1) << "request " << id;
  }

  void ask(int count) {
    for (int i = 0; i < count; ++i) {
      Request request;
      request.id = request.order = ++submitted_;
      request.bytes = 1000;
      request.deadline = now + milliseconds(100);
      dispatcher_.submit(request, now);
    }
  }

  /// Answers all that was sent, 5 ms later.
  void answer() {
    now += milliseconds(5);
    for (const auto& [worker, token] : std::exchange(pings_, {})) dispatcher_.pong(worker, token, now);
    while (!sent_.empty()) {
      for (const auto& [worker, id] : std::exchange(sent_, {})) dispatcher_.result(worker, id, milliseconds(4), now);
    }
  }
  void tick() { dispatcher_.tick(now); }
  std::uint64_t results() const { return dispatcher_.counters().results; }

  TimePoint now{hours(1)};

 private:
  bool send(PeerId worker, const Request& request, int, Duration) override {
    sent_.emplace_back(worker, request.id);
    return true;
  }
  bool cancel(PeerId, RequestId) override { return false; }
  void ping(PeerId worker, std::uint64_t token) override { pings_.emplace_back(worker, token); }
  void finish(const Request& request, const Verdict&) override { ++endings_[request.id]; }

  std::vector<std::pair<PeerId, RequestId>> sent_;
  std::vector<std::pair<PeerId, std::uint64_t>> pings_;
  std::map<RequestId, int> endings_;
  std::uint64_t submitted_ = 0;
  Dispatcher dispatcher_;
};

void clock_jumps_ahead() {
  Clockwork clock;
  clock.ask(10);
  clock.answer();
  EXPECT_EQ(clock.results(), 10U);
  clock.ask(10);
  clock.now += hours(10);
  clock.tick();
  clock.answer();
  EXPECT_EQ(clock.results(), 10U) << "what was open is over";
  clock.ask(10);
  clock.answer();
  EXPECT_EQ(clock.results(), 20U) << "what is new is not";
}

void clock_jumps_back() {
  Clockwork clock;
  clock.ask(5);
  clock.now -= milliseconds(50);
  clock.tick();
  clock.answer();
  EXPECT_EQ(clock.results(), 5U);
  clock.ask(5);
  clock.now -= milliseconds(20);
  clock.ask(5);
  clock.answer();
  EXPECT_EQ(clock.results(), 15U);
}

void clock_jumps_ahead_and_back() {
  Clockwork clock;
  clock.ask(5);
  clock.now += hours(10);
  clock.tick();
  clock.now -= hours(10);
  clock.ask(5);
  clock.tick();
  clock.answer();
  EXPECT_EQ(clock.results(), 0U) << "it has seen the future: there is no time left for them";
  clock.now += hours(10);
  clock.answer();
  clock.ask(5);
  clock.answer();
  EXPECT_EQ(clock.results(), 5U);
}

}  // namespace

std::vector<Fault> time_faults() {
  return {{"ClockJumpsAhead", clock_jumps_ahead},
          {"ClockJumpsBack", clock_jumps_back},
          {"ClockJumpsAheadAndBack", clock_jumps_ahead_and_back}};
}

}  // namespace weir::test
