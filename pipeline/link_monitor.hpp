// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "pipeline/packet.hpp"

namespace weir {

/// One request to a worker, as the device saw it.
struct Exchange {
  StreamId stream = 0;
  std::uint64_t frame = 0;
  std::size_t bytes = 0;     ///< of the request
  TimePoint asked{};         ///< given to the link
  TimePoint ended = kNever;  ///< answered or given up; kNever while under way
  Duration service{};        ///< a worker had it, its queue included; 0 without an answer
  std::int32_t worker = -1;  ///< that answered
  bool answered = false;
};

/// What a run's requests to workers have met: the facts that controllers and codecs decide by. Keeps the last kKept
/// that have ended. Thread-safe.
class LinkMonitor {
 public:
  static constexpr std::size_t kKept = 256;

  void asked(StreamId stream, std::uint64_t frame, std::size_t bytes, TimePoint now);

  /// How a request ended.
  struct Ending {
    bool answered = false;
    std::int32_t worker = -1;
    Duration service{};
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
