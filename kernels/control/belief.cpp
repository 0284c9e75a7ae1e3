// SPDX-License-Identifier: Apache-2.0
#include "kernels/control/belief.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace weir {
namespace {

constexpr double kFirstRate = 1e6;  // bits per second
constexpr double kGreatestRate = 1e10;
constexpr double kLikelyOverhead = 0.03;  // seconds
constexpr double kOverheadStep = 1.15;    // from guess to guess
constexpr double kFewestSteps = -14;      // from the likely guess to the first one
constexpr double kErrorOfStep = 0.003;    // by which the likely guess is preferred while nothing speaks against it
constexpr double kOverheadDoubt = 0.05;   // share of the overhead that it may be off by
constexpr double kErrorMemory = 0.03;     // weight of the newest error
constexpr double kGreatestError = 1.5;
constexpr double kRateMemory = 0.15;                        // seconds
constexpr double kLeastWeight = 0.3;                        // of the newest transfer
constexpr double kRatioMemory = 8;                          // seconds
constexpr double kLeastRatio = -1.9, kGreatestRatio = 1.9;  // logarithms: 0.15 and 6.7
constexpr double kGreatestRise = 4;  // logarithm, at a time: a link that comes back is known at once
constexpr double kServiceMemory = 0.1;

// Shares of the distribution that the cases stand for, finer where transfers are slow, for these decide what is late.
constexpr std::array<double, LinkBelief::kCases + 1> kBounds{0, .02, .06, .12, .2, .35, .55, .8, 1};

double seconds(Duration d) { return std::chrono::duration<double>(d).count(); }
Duration duration(double s) { return Duration(static_cast<Duration::rep>(s * 1e9)); }

/// What is believed of the ratios without any transfer, and a little of it for ever: mostly near 1, rarely far. Before
/// the first transfer the rate is a mere guess, and anything is likely.
double prior(double log_ratio, bool nothing_known) {
  return 0.1 * std::exp(-std::abs(log_ratio) / (nothing_known ? 3 : 0.35));
}

}  // namespace

LinkBelief::LinkBelief(Duration round_trip) {
  const double likely = round_trip > Duration{} ? seconds(round_trip) : kLikelyOverhead;
  double steps = kFewestSteps;
  for (Guess& guess : guesses_) {
    guess.overhead = likely * std::pow(kOverheadStep, steps);
    guess.log_rate = std::log(kFirstRate);
    guess.error = kErrorOfStep * std::abs(steps);  // the likely one is preferred while nothing speaks against it
    steps += 1;
  }
}

const LinkBelief::Guess& LinkBelief::best() const { return *std::ranges::min_element(guesses_, {}, &Guess::error); }

double LinkBelief::bits_per_second() const { return std::exp(best().log_rate); }

double LinkBelief::overhead() const { return best().overhead; }

void LinkBelief::learn(const Transfer& transfer) {
  if (transfer.lost && transfer.bytes <= 0) return;  // the link had nothing of it
  const bool first = last_ == TimePoint::min();
  const double gap = first ? 1 : std::max(seconds(transfer.acked - last_), 0.0);
  last_ = transfer.acked;
  if (transfer.lost || transfer.bytes <= 0) {
    // Losses in a row are one event: an outage must not weigh by how often it was probed.
    if (transfer.lost && !lost_) add_ratio(kLeastRatio, gap);
    lost_ = lost_ || transfer.lost;
    for (Guess& guess : guesses_) guess.link_free = std::max(guess.link_free, transfer.acked);
    return;
  }
  lost_ = false;
  if (!transfer.undone) service_ += (first ? 1 : kServiceMemory) * (seconds(transfer.service) - service_);
  const double weight = first ? 1 : std::max(1 - std::exp(-gap / kRateMemory), kLeastWeight);
  const Guess* const before = &best();
  double log_ratio = 0;
  for (Guess& guess : guesses_) {
    const double ratio = learn_one(guess, transfer, weight);
    if (&guess == before) log_ratio = ratio;
  }
  if (!first) add_ratio(log_ratio, gap);
}

/// Returns the logarithm of this transfer's rate over the mean before it.
double LinkBelief::learn_one(Guess& guess, const Transfer& transfer, double weight) const {
  const double bits = 8 * transfer.bytes;
  const TimePoint ended = transfer.acked - transfer.service - duration(guess.overhead);
  const TimePoint start = std::max(transfer.sent, guess.link_free);
  const double took = std::max(seconds(ended - start), bits / kGreatestRate);
  const double expected = seconds(start - transfer.sent) + guess.overhead + bits / std::exp(guess.log_rate);
  const double elapsed = std::max(seconds(transfer.acked - transfer.sent - transfer.service), 1e-4);
  const double error = elapsed < guess.overhead ? kGreatestError : std::abs(std::log(expected / elapsed));
  guess.error += kErrorMemory * (std::min(error, kGreatestError) - guess.error);
  const double ratio = std::log(bits / took) - guess.log_rate;
  const bool first = guess.link_free == TimePoint::min();
  // How far the time on the link stands out from what the overhead may be off by.
  const double longer = std::max(took, bits / std::exp(guess.log_rate));
  weight *= longer / (longer + kOverheadDoubt * guess.overhead);
  guess.log_rate += weight * (first ? ratio : std::clamp(ratio, kLeastRatio, kGreatestRise));
  guess.link_free = std::max(ended, start);
  return ratio;
}

void LinkBelief::add_ratio(double log_ratio, double gap) {
  const double kept = std::exp(-gap / kRatioMemory);
  for (double& count : ratios_) count *= kept;
  const double place = (std::clamp(log_ratio, kLeastRatio, kGreatestRatio) - kLeastRatio) /
                       (kGreatestRatio - kLeastRatio) * static_cast<double>(kBins - 1);
  ratios_[static_cast<std::size_t>(place + 0.5)] += 1;
}

LinkBelief::Forecast LinkBelief::forecast(TimePoint now, std::span<const UnderWay> under_way) const {
  const Guess& guess = best();
  Forecast forecast;
  forecast.overhead = guess.overhead;
  std::array<double, kBins> share;
  double sum = 0;
  const bool nothing_known = last_ == TimePoint::min();
  const double bin = (kGreatestRatio - kLeastRatio) / static_cast<double>(kBins - 1);
  for (std::size_t i = 0; i < kBins; ++i) {
    share[i] = ratios_[i] + prior(kLeastRatio + bin * static_cast<double>(i), nothing_known);
    sum += share[i];
  }
  double waiting = 0;
  for (const UnderWay& each : under_way) waiting += 8 * each.bytes;
  const double front = under_way.empty() ? 0 : 8 * under_way[0].bytes;
  // Seconds that the link has had the first of them, if its end is not on the way back already.
  const double had =
      under_way.empty() ? 0 : seconds(now - std::max(under_way[0].sent, guess.link_free)) - guess.overhead - service_;
  double below = 0;
  std::size_t i = 0;
  for (std::size_t c = 0; c < kCases; ++c) {
    const double level = 0.5 * (kBounds[c] + kBounds[c + 1]);
    while (i + 1 < kBins && below + share[i] < level * sum) below += share[i++];
    const double log_ratio = kLeastRatio + bin * static_cast<double>(i);
    Case& each = forecast.cases[c];
    each.weight = kBounds[c + 1] - kBounds[c];
    each.bits_per_second = std::exp(guess.log_rate + log_ratio);
    if (under_way.empty()) continue;
    if (had > 0 && front < had * each.bits_per_second) {
      // It should have been over: the link is slower than this case says. How much longer a pause lasts goes by how
      // long it has lasted.
      const double slow = front / had;
      const double remaining = had * (1 / level - 1);
      each.bits_per_second = std::sqrt(each.bits_per_second * slow);
      each.busy = remaining + (waiting - front) / each.bits_per_second;
    } else {
      const double sending = had + guess.overhead + service_;
      each.busy = std::max(waiting / each.bits_per_second - sending, 0.0);
    }
  }
  return forecast;
}

}  // namespace weir
