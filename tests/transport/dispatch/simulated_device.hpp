// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "tests/transport/dispatch/simulated_worker.hpp"

namespace weir {

/// What the rules of a simulation say was broken; the first few are kept.
class Violations {
 public:
  void add(const std::string& text, TimePoint when);
  bool empty() const { return count_ == 0; }
  std::string text() const;

 private:
  std::size_t count_ = 0;
  std::vector<std::string> first_;
};

/// What became of one request.
struct Outcome {
  TimePoint submitted{}, deadline{}, ended{};
  int endings = 0;
  Ending ending = Ending::expired;
  std::string reason;
  PeerId worker = 0;
  int attempts = 0;
};

/// A device with a Dispatcher, which it checks at every step: each request ends exactly once and in time; no credit is
/// exceeded; nothing is sent to a worker that is known to be gone or draining; what is kept is bounded.
class SimulatedDevice final : public DispatchActions {
 public:
  SimulatedDevice(EventQueue& events, std::uint64_t seed, const DispatchOptions& options, Violations& violations);

  /// Joins a new connection after the way there and back.
  SimulatedConnection& connect(SimulatedWorker& worker, PeerId peer, const WayTraits& traits);
  void disconnect(SimulatedConnection& connection);  ///< both sides notice at once
  void submit(Request request);                      ///< its deadline counts; id and order are given here
  void stop();

  // What arrives.
  void result(SimulatedConnection& connection, RequestId id, Duration service);
  void nack(SimulatedConnection& connection, RequestId id, const std::string& reason, Duration retry_after);
  void pong(SimulatedConnection& connection, std::uint64_t token);
  void credit(SimulatedConnection& connection, int messages, std::size_t bytes);
  void draining(SimulatedConnection& connection);
  void closed(SimulatedConnection& connection);

  bool send(PeerId worker, const Request& request, int attempt, Duration budget) override;
  bool cancel(PeerId worker, RequestId request) override;
  void ping(PeerId worker, std::uint64_t token) override;
  void finish(const Request& request, const Verdict& verdict) override;

  void check_all_ended();
  /// The clock that this device is shown goes back by up to `most` in this share of the calls.
  void set_clock_errors(double share, Duration most) {
    clock_errors_ = share;
    clock_error_ = most;
  }

  Dispatcher& dispatcher() { return dispatcher_; }
  const std::vector<Outcome>& outcomes() const { return outcomes_; }
  const std::vector<std::unique_ptr<SimulatedConnection>>& connections() const { return connections_; }
  std::uint64_t sent_to(PeerId worker) const;
  TimePoint suspected(PeerId worker) const;  ///< when a tick first found it suspect; kNever: never

 private:
  /// What the device itself counts of a worker, to compare.
  struct Ledger {
    SimulatedConnection* connection = nullptr;
    int messages = 0;
    std::size_t bytes = 0;
    std::map<RequestId, std::size_t> unanswered;
    std::size_t unanswered_bytes = 0;
    bool draining = false;
    std::uint64_t sent = 0;
    TimePoint suspected = kNever;
  };

  TimePoint told_now();
  template <typename Call>
  void call(SimulatedConnection& connection, const Call& call);
  void settle(PeerId worker, RequestId id);
  void after_call();
  void wake(TimePoint when);
  void check_bounds();

  EventQueue& events_;
  Random random_;
  DispatchOptions options_;
  Violations& violations_;
  Dispatcher dispatcher_;
  std::vector<std::unique_ptr<SimulatedConnection>> connections_;
  std::map<PeerId, Ledger> ledgers_;  // of the workers that are up
  std::map<PeerId, std::pair<std::uint64_t, TimePoint>> gone_;
  std::vector<Outcome> outcomes_;  // of request id i at i - 1
  std::size_t open_ = 0;
  TimePoint armed_ = kNever;
  double clock_errors_ = 0;
  Duration clock_error_{};
};

}  // namespace weir
