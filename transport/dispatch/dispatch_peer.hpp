// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>
#include <vector>

#include "transport/dispatch/dispatcher.hpp"
#include "transport/dispatch/estimates.hpp"
#include "transport/dispatch/liveness.hpp"

namespace weir {

/// One request at one worker. It takes credit until the worker answered it, cancelled or not: only the worker knows
/// when its memory is free again.
struct Attempt {
  RequestId id = 0;
  std::uint32_t service = 0;
  std::size_t bytes = 0;
  std::size_t bytes_ahead = 0;  ///< that were believed to be on the link before it
  Duration budget{};            ///< that the worker was given
  TimePoint sent{};
  TimePoint began{};     ///< no later than this it had a place to run; sent, unless others were ahead
  int ahead = 0;         ///< attempts that the worker had before it
  TimePoint expected{};  ///< when its answer is
  TimePoint times_out = kNever;
  bool overdue = false;
  TimePoint cancelled = kNever;
  TimePoint silent_since = kNever;  ///< cancelled; from then on the worker answered pings, but not this
};

/// What the dispatcher knows of one worker. Thread-compatible.
class DispatchPeer {
 public:
  DispatchPeer(PeerId worker, PeerFacts told, TimePoint now) : id(worker), facts(std::move(told)), liveness(now) {}

  PeerId id;
  PeerFacts facts;
  Liveness liveness;
  bool draining = false;
  TimePoint busy_until{};              ///< it said so
  TimePoint blocked_until{};           ///< its link took nothing
  TimePoint tried = TimePoint::min();  ///< when it was last sent work against what is known of it
  TimePoint sent = TimePoint::min();   ///< when it was last sent work
  std::uint64_t results = 0, nacks = 0, timeouts = 0, late = 0;
  std::vector<Attempt> attempts;  ///< in the order they were sent

  bool serves(std::uint32_t service) const;
  void refuse(std::uint32_t service);  ///< it does not do this service after all
  bool has_credit(std::size_t bytes) const;
  bool has(RequestId request) const;
  bool overdue() const;  ///< it owes an answer whose time-out has passed

  Duration service_mean(std::uint32_t service, const DispatchOptions& options) const;
  TimePoint learned(std::uint32_t service) const;  ///< when; TimePoint::min() when never
  Duration last_service_mean(const DispatchOptions& options) const { return service_mean(last_service_, options); }
  const RoundTrip& round_trip() const { return round_trip_; }

  /// From now to the answer if the worker and the link had nothing else to do.
  Duration least_time(const Request& request, const DispatchOptions& options) const;
  /// From now to the answer, after what is outstanding.
  Duration expected_time(const Request& request, const DispatchOptions& options, TimePoint now) const;
  /// The same while there is no credit: after one more answer than requests wait `ahead`.
  Duration expected_without_credit(const Request& request, int ahead, const DispatchOptions& options,
                                   TimePoint now) const;
  /// From now until an answer is overdue, whatever the request's budget.
  Duration patience(const Request& request, const DispatchOptions& options, TimePoint now) const;
  /// What the worker has of `left`: without the way there and back.
  Duration budget(const Request& request, Duration left, TimePoint now) const;

  /// Counts a request that was sent with this budget; `times_out` is when its answer is overdue.
  void add(const Request& request, Duration budget, TimePoint times_out, const DispatchOptions& options, TimePoint now);
  /// Takes the attempt of this request out and gives its credit back; nullopt when there is none.
  std::optional<Attempt> remove(RequestId request, TimePoint now);
  /// The same for one that did not leave, so that the link has that much less to carry.
  void take_back(RequestId request, TimePoint now);

  void learn_answer(const Attempt& attempt, Duration service, const DispatchOptions& options, TimePoint now);
  void learn_overdue(const Attempt& attempt, const DispatchOptions& options, TimePoint now);
  void learn_refused(const Attempt& attempt, const DispatchOptions& options, TimePoint now);
  void learn_round_trip(Duration sample) { round_trip_.learn(sample); }

 private:
  ServiceEstimate& estimate(std::uint32_t service, const DispatchOptions& options);
  Duration link_wait(TimePoint now) const;              // until it has taken what was sent before
  Duration queue_wait(int ahead, Duration mean) const;  // at the worker

  std::size_t used_bytes_ = 0;
  std::vector<std::pair<std::uint32_t, ServiceEstimate>> estimates_;
  std::uint32_t last_service_ = 0;
  RoundTrip round_trip_;
  LinkRate rate_;
  TimePoint link_free_{};
};

}  // namespace weir
