// SPDX-License-Identifier: Apache-2.0
#include "tests/transport/dispatch/simulated_device.hpp"

#include <algorithm>
#include <utility>

namespace weir {
namespace {

constexpr std::size_t kControlBytes = 64;

}  // namespace

void Violations::add(const std::string& text, TimePoint when) {
  if (count_++ >= 5) return;
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(when.time_since_epoch()).count();
  first_.push_back("at " + std::to_string(us) + " us: " + text);
}

std::string Violations::text() const {
  std::string all = std::to_string(count_) + " violations\n";
  for (const std::string& one : first_) all += one + "\n";
  return all;
}

SimulatedDevice::SimulatedDevice(EventQueue& events, std::uint64_t seed, const DispatchOptions& options,
                                 Violations& violations)
    : events_(events), random_(seed), options_(options), violations_(violations), dispatcher_(options, *this) {}

TimePoint SimulatedDevice::told_now() {
  if (clock_errors_ == 0 || random_.uniform() >= clock_errors_) return events_.now();
  return events_.now() - Duration(static_cast<Duration::rep>(random_.uniform() * double(clock_error_.count())));
}

SimulatedConnection& SimulatedDevice::connect(SimulatedWorker& worker, PeerId peer, const WayTraits& traits) {
  auto& made = connections_.emplace_back(std::make_unique<SimulatedConnection>(events_, random_.next(), traits));
  SimulatedConnection& connection = *made;
  connection.device = this;
  connection.worker = &worker;
  connection.peer = peer;
  connection.device_id = static_cast<DeviceId>(random_.next());
  worker.attach(connection);
  events_.after(2 * traits.delay, [this, &connection] {
    if (connection.there.is_cut()) return;
    connection.up = true;
    const WorkerTraits& offered = connection.worker->traits();
    PeerFacts facts;
    facts.name = std::to_string(connection.peer);
    facts.messages = offered.messages;
    facts.bytes = offered.bytes;
    facts.parallel = offered.parallel;
    facts.services = {1};
    Ledger& ledger = ledgers_[connection.peer];
    ledger.connection = &connection;
    ledger.messages = offered.messages;
    ledger.bytes = offered.bytes;
    dispatcher_.peer_up(connection.peer, facts, told_now());
    after_call();
  });
  return connection;
}

void SimulatedDevice::disconnect(SimulatedConnection& connection) {
  connection.there.cut();
  connection.back.cut();
  connection.worker->detach(connection);
  closed(connection);
}

void SimulatedDevice::closed(SimulatedConnection& connection) {
  if (!std::exchange(connection.up, false)) return;
  const Ledger& ledger = ledgers_[connection.peer];
  gone_[connection.peer] = {ledger.sent, ledger.suspected};
  ledgers_.erase(connection.peer);  // from now on, nothing may be sent to it
  dispatcher_.peer_down(connection.peer, told_now());
  after_call();
}

void SimulatedDevice::submit(Request request) {
  request.id = request.order = outcomes_.size() + 1;
  outcomes_.push_back({events_.now(), request.deadline, {}, 0, Ending::expired, {}, 0, 0});
  ++open_;
  dispatcher_.submit(request, told_now());
  after_call();
}

void SimulatedDevice::stop() {
  dispatcher_.stop("stopping", told_now());
  after_call();
}

template <typename Call>
void SimulatedDevice::call(SimulatedConnection& connection, const Call& call) {
  if (!connection.up) return;
  call();
  after_call();
}

void SimulatedDevice::settle(PeerId worker, RequestId id) {
  Ledger& ledger = ledgers_[worker];
  const auto found = ledger.unanswered.find(id);
  if (found == ledger.unanswered.end()) return;
  ledger.unanswered_bytes -= found->second;
  ledger.unanswered.erase(found);
}

void SimulatedDevice::result(SimulatedConnection& connection, RequestId id, Duration service) {
  call(connection, [&] {
    settle(connection.peer, id);
    const int before = outcomes_[id - 1].endings;
    const bool used = dispatcher_.result(connection.peer, id, service, told_now());
    const Outcome& outcome = outcomes_[id - 1];
    const bool ended = before == 0 && outcome.endings == 1 && outcome.ending == Ending::result;
    if (used != ended) violations_.add("result() does not say whether the answer was used", events_.now());
  });
}

void SimulatedDevice::nack(SimulatedConnection& connection, RequestId id, const std::string& reason,
                           Duration retry_after) {
  call(connection, [&] {
    settle(connection.peer, id);
    ledgers_[connection.peer].draining |= reason == "draining";
    dispatcher_.nack(connection.peer, id, reason, retry_after, told_now());
  });
}

void SimulatedDevice::pong(SimulatedConnection& connection, std::uint64_t token) {
  call(connection, [&] { dispatcher_.pong(connection.peer, token, told_now()); });
}

void SimulatedDevice::credit(SimulatedConnection& connection, int messages, std::size_t bytes) {
  call(connection, [&] {
    ledgers_[connection.peer].messages = messages;
    ledgers_[connection.peer].bytes = bytes;
    dispatcher_.credit(connection.peer, messages, bytes, told_now());
  });
}

void SimulatedDevice::draining(SimulatedConnection& connection) {
  call(connection, [&] {
    ledgers_[connection.peer].draining = true;
    dispatcher_.draining(connection.peer, told_now());
  });
}

bool SimulatedDevice::send(PeerId worker, const Request& request, int attempt, Duration budget) {
  const auto found = ledgers_.find(worker);
  const std::string what = "request " + std::to_string(request.id) + " to worker " + std::to_string(worker);
  if (found == ledgers_.end()) {
    violations_.add(what + " that is gone", events_.now());
    return false;
  }
  Ledger& ledger = found->second;
  SimulatedConnection* to = ledger.connection;
  if (!to->there.send(request.bytes, [to, request, budget] { to->worker->work(*to, request, budget); })) return false;
  const Outcome& outcome = outcomes_[request.id - 1];
  if (ledger.draining) violations_.add(what + " that drains", events_.now());
  if (outcome.endings > 0) violations_.add(what + " after its end", events_.now());
  if (budget <= Duration{}) violations_.add(what + " without any budget", events_.now());
  if (events_.now() >= outcome.deadline) violations_.add(what + " too late", events_.now());
  if (attempt > 7) violations_.add(what + " for the ninth time", events_.now());
  ledger.unanswered[request.id] = request.bytes;
  ledger.unanswered_bytes += request.bytes;
  ++ledger.sent;
  // A worker that is silent about what was cancelled gets its credit back by time: it cannot be counted from outside.
  if (!to->worker->traits().ignores_cancel &&
      (static_cast<int>(ledger.unanswered.size()) > ledger.messages || ledger.unanswered_bytes > ledger.bytes)) {
    violations_.add(what + " beyond its credit", events_.now());
  }
  return true;
}

bool SimulatedDevice::cancel(PeerId worker, RequestId request) {
  const auto found = ledgers_.find(worker);
  if (found == ledgers_.end()) {
    violations_.add("cancel at a worker that is gone", events_.now());
    return false;
  }
  SimulatedConnection* to = found->second.connection;
  to->there.send(kControlBytes, [to, request] { to->worker->cancel(*to, request); });
  return false;
}

void SimulatedDevice::ping(PeerId worker, std::uint64_t token) {
  const auto found = ledgers_.find(worker);
  if (found == ledgers_.end()) return violations_.add("ping to a worker that is gone", events_.now());
  SimulatedConnection* to = found->second.connection;
  to->there.send(kControlBytes, [to, token] { to->worker->ping(*to, token); });
}

void SimulatedDevice::finish(const Request& request, const Verdict& verdict) {
  Outcome& outcome = outcomes_[request.id - 1];
  const std::string what = "request " + std::to_string(request.id);
  if (++outcome.endings > 1) return violations_.add(what + " ended twice", events_.now());
  if (events_.now() > outcome.deadline) violations_.add(what + " ended after its deadline", events_.now());
  if ((verdict.ending == Ending::result) != verdict.reason.empty()) {
    violations_.add(what + " ended with the reason \"" + std::string(verdict.reason) + "\"", events_.now());
  }
  --open_;
  outcome.ended = events_.now();
  outcome.ending = verdict.ending;
  outcome.reason = verdict.reason;
  outcome.worker = verdict.worker;
  outcome.attempts = verdict.attempts;
}

void SimulatedDevice::after_call() {
  check_bounds();
  const TimePoint next = dispatcher_.next_event();
  if (next < armed_) wake(next);
}

void SimulatedDevice::wake(TimePoint when) {
  armed_ = when;
  events_.at(when, [this, when] {
    if (armed_ != when) return;  // an earlier wake-up took its place
    armed_ = kNever;
    if (dispatcher_.next_event() <= events_.now()) {
      dispatcher_.tick(events_.now());
      if (dispatcher_.next_event() <= events_.now()) violations_.add("a tick left something due", events_.now());
    }
    std::vector<PeerView> views;
    dispatcher_.peers(views);
    for (const PeerView& view : views) {
      if (!view.suspect) continue;
      Ledger& ledger = ledgers_[static_cast<PeerId>(std::stoul(view.name))];
      ledger.suspected = std::min(ledger.suspected, events_.now());
    }
    after_call();
  });
}

void SimulatedDevice::check_bounds() {
  std::size_t unanswered = 0;
  for (const auto& [worker, ledger] : ledgers_) unanswered += ledger.unanswered.size();
  if (open_ > options_.waiting + unanswered) {
    violations_.add(std::to_string(open_) + " requests are open", events_.now());
  }
}

void SimulatedDevice::check_all_ended() {
  for (std::size_t i = 0; i < outcomes_.size(); ++i) {
    if (outcomes_[i].endings != 1) {
      violations_.add("request " + std::to_string(i + 1) + " has " + std::to_string(outcomes_[i].endings) + " endings",
                      events_.now());
    }
  }
  const DispatchCounters& counters = dispatcher_.counters();
  const bool adds_up = counters.submitted == outcomes_.size() &&
                       counters.results + counters.nacks + counters.expired == counters.submitted;
  if (!adds_up) violations_.add("the counters do not add up", events_.now());
}

std::uint64_t SimulatedDevice::sent_to(PeerId worker) const {
  const auto found = ledgers_.find(worker);
  if (found != ledgers_.end()) return found->second.sent;
  const auto gone = gone_.find(worker);
  return gone == gone_.end() ? 0 : gone->second.first;
}

TimePoint SimulatedDevice::suspected(PeerId worker) const {
  const auto found = ledgers_.find(worker);
  if (found != ledgers_.end()) return found->second.suspected;
  const auto gone = gone_.find(worker);
  return gone == gone_.end() ? kNever : gone->second.second;
}

}  // namespace weir
