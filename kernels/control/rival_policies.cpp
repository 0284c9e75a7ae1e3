// SPDX-License-Identifier: Apache-2.0
#include "kernels/control/rival_policies.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace weir {
namespace {

constexpr double kTolerance = 0.01;  // of the best accuracy, that SPINN gives up for latency
constexpr Duration kRetry = std::chrono::seconds(1);
constexpr double kShareOfRate = 0.8;  // of the throughput that pictures may take
constexpr double kLongTerm = 20;      // seconds

double seconds(Duration d) { return std::chrono::duration<double>(d).count(); }

/// From capture to the answer, as far as the throughput tells.
Duration forecast(const Rung& rung, const Situation& situation, const Throughput& throughput) {
  const Duration before = situation.now - situation.captured + rung.device;
  if (rung.bytes <= 0) return before;
  return before + throughput.time_for(rung.bytes, situation.under_way, situation.now) + rung.cloud;
}

Decision decision_for(const NumberedRung& chosen, const Situation& situation, const Throughput& throughput) {
  Decision decision;
  decision.rung = chosen.index;
  decision.forecast = forecast(chosen.rung, situation, throughput);
  decision.on_time = decision.forecast <= situation.deadline ? 1 : 0;
  return decision;
}

}  // namespace

SpinnPolicy::SpinnPolicy(std::vector<NumberedRung> rungs, Duration round_trip)
    : rungs_(std::move(rungs)), throughput_(round_trip) {}

Decision SpinnPolicy::decide(const Situation& situation) {
  // Expected latency: the frames that leave early need the device alone.
  const auto latency = [&](const Rung& rung) {
    const Duration early = situation.now - situation.captured + rung.device;
    return rung.exits * seconds(early) + (1 - rung.exits) * seconds(forecast(rung, situation, throughput_));
  };
  const auto fits = [&](const Rung& rung) {
    return forecast(rung, situation, throughput_) <= situation.deadline && rung.device <= situation.period &&
           8 * rung.bytes * (1 - rung.exits) <= throughput_.bits_per_second() * seconds(situation.period);
  };
  double best_accuracy = -1;
  for (const NumberedRung& each : rungs_) {
    if (fits(each.rung)) best_accuracy = std::max(best_accuracy, each.rung.accuracy);
  }
  const NumberedRung* chosen = nullptr;
  for (const NumberedRung& each : rungs_) {
    const bool good = best_accuracy < 0 || (fits(each.rung) && each.rung.accuracy >= best_accuracy * (1 - kTolerance));
    if (good && (chosen == nullptr || latency(each.rung) < latency(chosen->rung))) chosen = &each;
  }
  if (best_accuracy < 0) {
    const bool retry = last_sent_ == TimePoint::min() || situation.now - last_sent_ >= kRetry;
    if (!situation.under_way.empty() || !retry) return {};
  }
  last_sent_ = situation.now;
  return decision_for(*chosen, situation, throughput_);
}

NeurosurgeonPolicy::NeurosurgeonPolicy(std::vector<NumberedRung> rungs, Duration round_trip)
    : rungs_(std::move(rungs)), throughput_(round_trip) {}

Decision NeurosurgeonPolicy::decide(const Situation& situation) {
  const auto fastest = std::ranges::min_element(rungs_, {}, [&](const NumberedRung& each) {
    return std::pair(each.rung.device > situation.period, forecast(each.rung, situation, throughput_));
  });
  return decision_for(*fastest, situation, throughput_);
}

RemotePicturePolicy::RemotePicturePolicy(std::string_view name, std::vector<NumberedRung> rungs, Duration round_trip)
    : name_(name), rungs_(std::move(rungs)), throughput_(round_trip) {
  std::ranges::sort(rungs_, {}, [](const NumberedRung& each) { return each.rung.bytes; });
}

Decision RemotePicturePolicy::decide(const Situation& situation) {
  const double passes = kShareOfRate / 8 * throughput_.bits_per_second() * seconds(situation.period);
  const NumberedRung* chosen = &rungs_.front();
  for (const NumberedRung& each : rungs_) {
    const bool fits = each.rung.bytes <= passes && forecast(each.rung, situation, throughput_) <= situation.deadline;
    if (fits && each.rung.accuracy > chosen->rung.accuracy) chosen = &each;
  }
  return decision_for(*chosen, situation, throughput_);
}

ClioPolicy::ClioPolicy(std::vector<NumberedRung> rungs, Duration round_trip)
    : rungs_(std::move(rungs)), round_trip_(round_trip) {
  std::ranges::sort(rungs_, {}, [](const NumberedRung& each) { return each.rung.bytes; });
}

Decision ClioPolicy::decide(const Situation& situation) {
  const double passes = bits_per_second_ / 8 * seconds(situation.period);
  const NumberedRung* chosen = &rungs_.front();
  for (const NumberedRung& each : rungs_) {
    if (each.rung.bytes <= passes) chosen = &each;
  }
  Decision decision;
  decision.rung = chosen->index;
  decision.progressive = true;
  return decision;
}

void ClioPolicy::learn(const Transfer& transfer) {
  if (transfer.bytes <= 0) return;
  const double took = std::max(seconds(transfer.acked - transfer.sent - transfer.service - round_trip_), 1e-4);
  const double forget = std::exp(-seconds(transfer.acked - last_) / kLongTerm);
  bits_per_second_ = forget * bits_per_second_ + (1 - forget) * 8 * transfer.bytes / took;
  last_ = transfer.acked;
}

}  // namespace weir
