// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "kernels/control/policy.hpp"

namespace weir {

/// How long transfers take, by their size, as a distribution: time = overhead + 8 size / rate.
///
/// The rate is a geometric mean weighted by time; how far single transfers were from it is kept as a distribution that
/// fades with time, so that an outage is forgotten whether or not anything was sent since. The overhead, which one size
/// alone cannot tell from the rate, is the one of a row of guesses that foretold the last transfers best, each guess
/// with a rate of its own; small transfers say less of the rate than large ones. Transfers count from when the link was
/// done with those before them; one that is still under way bounds the rate from above. Thread-compatible; allocates
/// nothing.
class LinkBelief {
 public:
  static constexpr std::size_t kCases = 8;

  /// One way in which the link may behave from now on.
  struct Case {
    double weight = 0;           ///< probability; those of all cases sum to 1
    double bits_per_second = 0;  ///< for what is sent next
    double busy = 0;             ///< seconds until the link is done with what is under way
  };
  /// Cases from slow to fast.
  struct Forecast {
    std::array<Case, kCases> cases;
    double overhead = 0;  ///< seconds, the round trip
  };

  /// `round_trip`: what the overhead is likely to be; 0: not known.
  explicit LinkBelief(Duration round_trip = {});

  void learn(const Transfer& transfer);

  Forecast forecast(TimePoint now, std::span<const UnderWay> under_way) const;

  /// In the middle of what is believed.
  double bits_per_second() const;
  /// Seconds of a transfer of no size.
  double overhead() const;
  /// Seconds that workers had a frame lately.
  double service() const { return service_; }

 private:
  static constexpr std::size_t kGuesses = 32;
  static constexpr std::size_t kBins = 32;

  struct Guess {
    double overhead = 0;  // seconds
    double log_rate = 0;  // of bits per second
    double error = 0;     // of forecasts: mean distance of their logarithms
    TimePoint link_free = TimePoint::min();
  };

  double learn_one(Guess& guess, const Transfer& transfer, double weight) const;
  void add_ratio(double log_ratio, double gap);
  double log_ratio_at(double share) const;
  const Guess& best() const;

  std::array<Guess, kGuesses> guesses_;
  std::array<double, kBins> ratios_{};  // faded counts of transfers by the logarithm of their rate over the mean
  double service_ = 0;
  TimePoint last_ = TimePoint::min();
  bool lost_ = false;  // what ended last
};

}  // namespace weir
