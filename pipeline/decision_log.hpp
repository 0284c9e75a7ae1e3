// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/packet.hpp"
#include "pipeline/report.hpp"

namespace weir {

/// What a controller chose for one frame, and what it expected of it.
struct DecisionNote {
  StreamId stream = 0;
  std::uint64_t frame = 0;
  std::string setup;               ///< name of the rung; "none" or "held" where nothing was sent
  Duration forecast{};             ///< from capture to answer; 0 where nothing was sent
  double on_time = 0;              ///< believed probability that the answer comes in time
  bool probe = false;              ///< sent to learn of the link
  int fps_divisor = 1;             ///< advice: only every so manieth frame can be served in time with what the link has
  double scale = 1;                ///< advice: both sides of the frame times this would let the smallest rung fit
  Duration took{};                 ///< to decide
  std::size_t bytes = 0;           ///< of the request; 0 until it has ended
  std::optional<bool> answered{};  ///< whether the answer came in time; nothing while that is open
  Duration asked{};                ///< from capture until the request went to the link
  Duration service{};              ///< the worker had it; 0 where that is not known
  Duration actual{};               ///< from capture to answer, late or not, or until there was none to come
};

/// The decisions of a run's controllers with their forecasts and what happened (design section 7, `controller`). Keeps
/// the last kKept; the counts are of all. Thread-safe.
class DecisionLog {
 public:
  static constexpr std::size_t kKept = 100000;

  void decided(DecisionNote note);

  /// How the request for a frame ended.
  struct Ending {
    std::size_t bytes = 0;
    bool answered = false;  ///< in time
    Duration asked{}, service{}, actual{};
  };
  void ended(StreamId stream, std::uint64_t frame, const Ending& how);

  /// Times to decide, and by setup how often it was chosen and answered and how far the forecasts were off; nothing
  /// where no controller ran.
  std::optional<ControllerReport> report() const;

  /// One decision per line as JSON, oldest first; empty where there is none.
  std::string json_lines() const;

 private:
  struct Sums {
    std::uint64_t chosen = 0, answered = 0;
    std::vector<double> errors_ms;  ///< actual less forecast; the last kKept at most
  };

  mutable std::mutex mutex_;
  std::deque<DecisionNote> notes_;
  std::vector<double> took_us_;
  std::map<std::string, Sums> setups_;
};

}  // namespace weir
