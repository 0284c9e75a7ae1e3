// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "transport/dispatch/choice.hpp"

namespace weir {

/// What Dispatcher does, in steps: its public calls begin with enter(), do their part, and end with advance().
/// Thread-compatible.
class DispatchCore {
 public:
  DispatchCore(const DispatchOptions& wanted, DispatchActions& does) : options(wanted), actions(does) {}

  const DispatchOptions options;
  DispatchActions& actions;
  DispatchCounters counters;
  std::vector<DispatchPeer> peers;

  /// Time goes on, never back. What should have ended before now ends; what ends right now may still be answered.
  void enter(TimePoint time);
  /// Does all that is due, and sends what can be sent.
  void advance();
  TimePoint next_event() const;

  void submit(const Request& request);
  void heard(DispatchPeer& peer) { peer.liveness.heard(now_); }
  void pong(DispatchPeer& peer, std::uint64_t token);
  void ping(DispatchPeer& peer);
  bool answered(DispatchPeer& peer, RequestId id, Duration service);
  void refused(DispatchPeer& peer, RequestId id, std::string_view reason, Duration retry_after);
  void lost(PeerId worker);
  void end_all(std::string_view reason);

  DispatchPeer* peer(PeerId worker);
  TimePoint now() const { return now_; }

 private:
  enum class Late : bool { before_now, now_too };

  OpenRequest* find(RequestId id);
  void end(std::size_t index, const Verdict& verdict);
  void end_failed(std::size_t index, std::string_view otherwise, Ending ending);
  void cancel_attempts(RequestId id, const DispatchPeer* but);
  void attempt_failed(OpenRequest& open, std::string_view reason, bool counts);

  void expire(Late late);
  void check_peer(DispatchPeer& peer);
  void suspect(DispatchPeer& peer);
  void overdue(DispatchPeer& peer, Attempt& attempt);
  void pump();
  Choice place(OpenRequest& open, int ahead);
  bool send(OpenRequest& open, const Choice& choice);
  void drop_oldest();

  std::vector<OpenRequest> open_;  // in the order in which they go
  TimePoint now_{};
  TimePoint wake_ = kNever;  // when a waiting request must be looked at again
  std::uint64_t token_ = 0;
};

}  // namespace weir
