// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/base/time.hpp"

namespace weir {

using PeerId = std::uint32_t;  ///< of a worker, for the dispatcher's life
using RequestId = std::uint64_t;

/// One piece of work that needs an answer from any worker that offers its service.
struct Request {
  RequestId id = 0;
  std::uint32_t service = 0;    ///< number of the cloud part of the graph
  std::uint64_t order = 0;      ///< newer work has a higher number
  std::size_t bytes = 0;        ///< of the body
  TimePoint deadline = kNever;  ///< when its answer must be here
  std::uint8_t priority = 0;
};

/// How a request ended: with exactly one of these.
enum class Ending : std::uint8_t { result, nack, expired };

struct Verdict {
  Ending ending = Ending::expired;
  std::string_view
      reason;  ///< "", or why: a nack's own text, "no_worker", "overload", "worker_lost", "attempt_timeout", "deadline"
  PeerId worker = 0;  ///< that answered; only with a result
  int attempts = 0;   ///< how often it was sent
};

/// What a worker says of itself when it joins.
struct PeerFacts {
  std::string name;
  int messages = 2;                          ///< credit: requests it takes at a time
  std::size_t bytes = std::size_t{8} << 20;  ///< credit: bytes of requests it takes at a time
  std::size_t max_body = SIZE_MAX;           ///< bytes of the largest request it takes
  int parallel = 1;                          ///< requests it works on at a time
  std::vector<std::uint32_t> services;
};

/// What the dispatcher wants done. Called from within its own calls; must not call back into it.
class DispatchActions {
 public:
  virtual ~DispatchActions() = default;

  /// Send the request; `budget` is what the worker has, the way there and back taken off. False when the link has no
  /// room or is gone: then the dispatcher tries another worker, or again at its next event.
  virtual bool send(PeerId worker, const Request& request, int attempt, Duration budget) = 0;
  /// Its answer is no longer wanted. Whether nothing of it has left this device: the worker never hears of it then.
  virtual bool cancel(PeerId worker, RequestId request) = 0;
  virtual void ping(PeerId worker, std::uint64_t token) = 0;
  virtual void finish(const Request& request, const Verdict& verdict) = 0;  ///< once for every submitted request
};

struct DispatchOptions {
  Duration heartbeat = std::chrono::milliseconds(100);     ///< a worker that said nothing for so long is asked
  int missed_heartbeats = 3;                               ///< unanswered ones that make a worker suspect
  Duration first_service = std::chrono::milliseconds(30);  ///< believed of a worker that has not answered yet
  Duration least_attempt = std::chrono::milliseconds(10);  ///< shortest time-out of an attempt
  std::size_t waiting = 64;  ///< requests that may wait for credit; the oldest gives way (newest first)
  int attempts = 2;
  Duration suspect_retry = std::chrono::milliseconds(200);  ///< from one ping of a suspect worker to the next
};

struct PeerView {
  PeerId worker = 0;
  std::string name;
  bool suspect = false, draining = false;
  int outstanding = 0;
  std::uint64_t results = 0, nacks = 0, timeouts = 0;
  std::uint64_t late = 0;            ///< answers that came after their request had ended
  Duration service{}, round_trip{};  ///< estimates
};

struct DispatchCounters {
  std::uint64_t submitted = 0, results = 0, nacks = 0, expired = 0;
  std::uint64_t redispatched = 0;  ///< attempts after the first
  std::uint64_t late = 0;          ///< answers that came after their request had ended, of lost workers too
};

/// Decides which worker gets which request, and sees to it that each ends in time exactly once: as a state machine
/// without clock, thread or socket, so that thousands of its runs fit into a test.
///
/// - A worker is chosen by expected finish: link (half a round trip + bytes over the learned rate), requests
///   outstanding there, and its service time; those within a quarter of the best take turns, so that each is known.
///   Never beyond its credit in messages or bytes, never a suspect or draining one while another is there. Credit comes
///   back when the worker has answered, cancelled or not, for only it knows when its memory is free again; and at once
///   for what was cancelled before it left.
/// - An attempt times out after max(2 x mean service, its 99th percentile), with the way there and back, but at most
///   half the remaining budget where another worker could take the request; then the worker is suspect until it is
///   heard, the attempt is cancelled, and the request goes once to another worker if its budget allows. A worker that
///   says busy, draining or unknown service has not had its attempt.
/// - Under overload the newest request goes first; what can no longer make its deadline ends as expired without being
///   sent. A request whose worker is lost goes to another one at once.
/// - The first answer wins; later ones are counted and dropped. Without any worker a request ends at once as nack
///   "no_worker".
///
/// Time is the caller's: every call says what time it is, and tick() must be called at next_event(). Not thread-safe.
class Dispatcher {
 public:
  Dispatcher(const DispatchOptions& options, DispatchActions& actions);
  ~Dispatcher();

  void submit(const Request& request, TimePoint now);

  void peer_up(PeerId worker, const PeerFacts& facts, TimePoint now);
  void peer_down(PeerId worker, TimePoint now);
  void credit(PeerId worker, int messages, std::size_t bytes, TimePoint now);
  void draining(PeerId worker, TimePoint now);  ///< it finishes what it has and takes nothing more
  void heard(PeerId worker, TimePoint now);     ///< any message came from it
  void pong(PeerId worker, std::uint64_t token, TimePoint now);
  void room(PeerId worker, TimePoint now);  ///< its link takes messages again

  /// An answer came. Whether it was the one waited for: only then is its content used. `service` is the time that the
  /// worker had it, queue included.
  bool result(PeerId worker, RequestId request, Duration service, TimePoint now);
  void nack(PeerId worker, RequestId request, std::string_view reason, Duration retry_after, TimePoint now);

  TimePoint next_event() const;  ///< when tick() is due; kNever when nothing is
  void tick(TimePoint now);

  /// Ends everything that is open as nack with this reason.
  void stop(std::string_view reason, TimePoint now);

  const DispatchCounters& counters() const;
  /// Replaces `views`, whose memory is used again.
  void peers(std::vector<PeerView>& views) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir
