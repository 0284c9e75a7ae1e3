// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "pipeline/packet.hpp"

namespace weir {

/// How a request to a worker ended.
enum class ExchangeEnd : std::uint8_t {
  open,      ///< it has not: the worker, or the link, has it
  answered,  ///< in time
  late,      ///< answered when that had been given up
  skipped,   ///< the worker got it, but did not work on it: too late, too much to do
  refused,   ///< the worker got it, and could not do it
  unsent,    ///< it never left the device
  lost,      ///< nobody knows how far it came: the connection was lost
};

/// Whether a worker did what it was asked for.
constexpr bool is_done(ExchangeEnd end) { return end == ExchangeEnd::answered || end == ExchangeEnd::late; }

/// One request to a worker, as the device saw it.
struct Exchange {
  StreamId stream = 0;
  std::uint64_t frame = 0;
  std::size_t bytes = 0;     ///< of the request
  TimePoint asked{};         ///< given to the link
  TimePoint ended = kNever;  ///< kNever while under way
  ExchangeEnd end = ExchangeEnd::open;
  Duration service{};        ///< a worker had it, its queue included; 0 without an answer
  std::int32_t worker = -1;  ///< that answered
};

/// What a run's requests to workers have met: the facts that controllers and codecs decide by. A request is under way
/// until its answer has come or never will, however long the frame's deadline is over: its bytes are on the link. Keeps
/// the last kKept that have ended. Thread-safe.
class LinkMonitor {
 public:
  static constexpr std::size_t kKept = 256;

  void asked(StreamId stream, std::uint64_t frame, std::size_t bytes, TimePoint now);

  /// How a request ended.
  struct Ending {
    ExchangeEnd end = ExchangeEnd::lost;
    std::int32_t worker = -1;
    Duration service{};
    std::optional<std::size_t> bytes{};  ///< of the request that came through, where it was not all
  };

  /// The oldest open request of that frame has ended.
  void ended(StreamId stream, std::uint64_t frame, const Ending& how, TimePoint now);

  /// Appends what is under way, of all streams, in the order of asking.
  void under_way(std::vector<Exchange>& to) const;

  /// Appends what has ended since `position` (0: all that is kept), in the order of ending; returns the position for
  /// the next call.
  std::uint64_t ended_since(std::uint64_t position, std::vector<Exchange>& to) const;

 private:
  mutable std::mutex mutex_;
  std::vector<Exchange> open_;
  std::deque<Exchange> ended_;
  std::uint64_t forgotten_ = 0;  ///< of those that have ended
};

}  // namespace weir
