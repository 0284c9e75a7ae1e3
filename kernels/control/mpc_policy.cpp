// SPDX-License-Identifier: Apache-2.0
#include "kernels/control/mpc_policy.hpp"

#include <algorithm>
#include <cmath>

namespace weir {
namespace {

constexpr Duration kProbeAfter = std::chrono::milliseconds(400);
constexpr double kRiskStep = 0.01;
constexpr double kLeastRisk = 0.01, kGreatestRisk = 0.5;
constexpr double kBacklogCost = 0.5;  // of accuracy, for a queue of one frame more than the deadline bears
constexpr int kMostDivisor = 10;
constexpr double kLeastScale = 0.25;

double seconds(Duration d) { return std::chrono::duration<double>(d).count(); }
Duration duration(double s) { return Duration(static_cast<Duration::rep>(std::min(s, 3600.0) * 1e9)); }

}  // namespace

MpcPolicy::MpcPolicy(const Ladder& ladder, const PolicyOptions& options)
    : local_accuracy_(ladder.local_accuracy),
      horizon_(options.horizon),
      wanted_risk_(options.risk),
      risk_(std::clamp(options.risk, kLeastRisk, kGreatestRisk)),
      belief_(options.round_trip) {
  std::vector<std::int32_t> order = efficient_rungs(ladder);
  // A rung no better than the device's own answer is of no use, except that the smallest may have to probe.
  std::erase_if(order, [&](std::int32_t i) {
    return i != order.front() && ladder.rungs[static_cast<std::size_t>(i)].accuracy <= ladder.local_accuracy;
  });
  // Too many to try: those whose sizes are spread evenly stay.
  const std::size_t kept = std::min(order.size(), kMostRungs);
  for (std::size_t i = 0; i < kept; ++i) {
    const std::int32_t place = order[kept > 1 ? i * (order.size() - 1) / (kept - 1) : 0];
    places_.push_back(place);
    rungs_.push_back(ladder.rungs[static_cast<std::size_t>(place)]);
  }
  choice_count_ = 1 + kept;
}

void MpcPolicy::lay_out(const Situation& situation) {
  forecast_ = belief_.forecast(situation.now, situation.under_way);
  captured_ = seconds(situation.captured - situation.now);
  deadline_ = seconds(situation.deadline);
  period_ = seconds(situation.period);
  choices_[0] = {};
  for (std::size_t i = 0; i < rungs_.size(); ++i) {
    Choice& choice = choices_[i + 1];
    const auto place = static_cast<std::size_t>(places_[i]);
    const double bytes = place < situation.bytes.size() ? situation.bytes[place] : rungs_[i].bytes;
    choice.rung = places_[i];
    choice.device = seconds(rungs_[i].device);
    choice.after = bytes > 0 ? seconds(rungs_[i].cloud) + forecast_.overhead : 0;
    choice.accuracy = rungs_[i].accuracy;
    for (std::size_t c = 0; c < kCases; ++c) choice.sending[c] = 8 * bytes / forecast_.cases[c].bits_per_second;
  }
}

/// Lets a frame captured then go by this choice; whether its answer is in time.
bool MpcPolicy::apply(const Choice& choice, std::size_t which, double captured, State& state) const {
  if (choice.rung < 0) return false;
  state.device_free = std::max(captured, state.device_free) + choice.device;
  double end = state.device_free;
  if (choice.after > 0) end = state.link_free = std::max(end, state.link_free) + choice.sending[which];
  return end + choice.after - captured <= deadline_;
}

/// Accuracy that the next frames give in one case, each by this choice where it is then in time, less what is left of
/// the queue at the end.
double MpcPolicy::follow(const Choice& next, std::size_t which, State state) const {
  double value = 0, captured = captured_;
  for (int k = 1; k < horizon_; ++k) {
    captured += period_;
    State sent = state;
    const bool on_time = apply(next, which, captured, sent);
    if (on_time) state = sent;
    value += on_time ? next.accuracy : local_accuracy_;
  }
  const Choice& smallest = choices_[1];
  const double slack = deadline_ - smallest.device - smallest.after - smallest.sending[which];
  const double excess = std::clamp((state.link_free - captured - period_ - slack) / period_, 0.0, 4.0);
  return value - kBacklogCost * excess;
}

MpcPolicy::Outlook MpcPolicy::look_ahead(const Choice& first) const {
  Outlook outlook;
  std::array<State, kCases> states;
  double value = 0;
  for (std::size_t c = 0; c < kCases; ++c) {
    const LinkBelief::Case& each = forecast_.cases[c];
    states[c] = {std::max(0.0, captured_), each.busy};
    const bool on_time = apply(first, c, captured_, states[c]);
    outlook.on_time += on_time ? each.weight : 0;
    value += each.weight * (on_time ? first.accuracy : local_accuracy_);
  }
  double best = -1e9;
  for (std::size_t i = 1; i < choice_count_; ++i) {
    double sum = 0;
    for (std::size_t c = 0; c < kCases; ++c) sum += forecast_.cases[c].weight * follow(choices_[i], c, states[c]);
    best = std::max(best, sum);
  }
  outlook.value = value + best;
  return outlook;
}

/// The best choice among sending nothing and what is in time often enough; among all where nothing is.
const MpcPolicy::Choice& MpcPolicy::choose(Decision& decision) const {
  std::array<Outlook, kMostRungs + 1> outlooks;
  bool any_safe = false;
  for (std::size_t i = 0; i < choice_count_; ++i) {
    outlooks[i] = look_ahead(choices_[i]);
    any_safe = any_safe || outlooks[i].on_time >= 1 - risk_;
  }
  std::size_t best = 0;
  for (std::size_t i = 1; i < choice_count_; ++i) {
    if (any_safe && outlooks[i].on_time < 1 - risk_) continue;
    if (outlooks[i].value > outlooks[best].value) best = i;
  }
  decision.on_time = outlooks[best].on_time;
  return choices_[best];
}

Decision MpcPolicy::decide(const Situation& situation) {
  lay_out(situation);
  Decision decision;
  const Choice* chosen = &choose(decision);
  const bool quiet = last_sent_ == TimePoint::min() || situation.now - last_sent_ >= kProbeAfter;
  if (chosen->rung < 0 && quiet && situation.under_way.empty()) {
    chosen = &choices_[1];
    decision.probe = true;
    decision.on_time = look_ahead(*chosen).on_time;
  }
  decision.rung = chosen->rung;
  if (chosen->rung >= 0) {
    constexpr std::size_t kMiddle = 5;  // the case that holds the median
    State state{std::max(0.0, captured_), forecast_.cases[kMiddle].busy};
    apply(*chosen, kMiddle, captured_, state);
    const double end = chosen->after > 0 ? state.link_free : state.device_free;
    decision.forecast = duration(end + chosen->after - captured_);
    remember(situation, decision);
  }
  advise(situation, decision);
  return decision;
}

/// What would let frames be in time when the link does not bear the smallest rung at this rate or size.
void MpcPolicy::advise(const Situation&, Decision& decision) const {
  const Choice& smallest = choices_[1];
  constexpr std::size_t kCareful = 2;  // the case at the lower tenth
  const double sending = smallest.sending[kCareful];
  const double busy = std::max(sending, smallest.device);
  decision.fps_divisor = static_cast<int>(std::clamp(std::ceil(busy / period_ - 1e-9), 1.0, double{kMostDivisor}));
  const double left = deadline_ - smallest.device - smallest.after;
  if (sending > left) decision.scale = std::max(std::sqrt(std::max(left, 0.0) / sending), kLeastScale);
}

void MpcPolicy::remember(const Situation& situation, const Decision& decision) {
  last_sent_ = situation.now;
  // A probe is not expected in time, so it says nothing about the risk.
  sent_[next_sent_++ % sent_.size()] = {situation.frame, situation.captured + situation.deadline, !decision.probe};
}

void MpcPolicy::learn(const Transfer& transfer) {
  belief_.learn(transfer);
  for (Sent& each : sent_) {
    if (!each.open || each.frame != transfer.frame) continue;
    each.open = false;
    const double miss = transfer.lost || transfer.acked > each.due ? 1 : 0;
    risk_ = std::clamp(risk_ + kRiskStep * (wanted_risk_ - miss), kLeastRisk, kGreatestRisk);
  }
}

}  // namespace weir
