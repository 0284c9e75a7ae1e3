// SPDX-License-Identifier: Apache-2.0
#include "kernels/control/mpc_policy.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace weir {
namespace {

constexpr Duration kProbeAfter = std::chrono::milliseconds(400);
constexpr double kRiskStep = 0.01;
constexpr double kLeastRisk = 0.01, kGreatestRisk = 0.5;
constexpr double kBacklogCost = 0.5;   // of accuracy, for a queue of one frame more than the deadline bears
constexpr double kMostBacklog = 4;     // frames that the queue is counted to
constexpr double kLeastPeriod = 1e-3;  // seconds
constexpr double kQueueMemory = 0.3;   // weight of the newest wait at the worker
constexpr int kMostDivisor = 10;
constexpr double kLeastScale = 0.25;
constexpr std::size_t kMiddle = 5;  // the case of the belief that holds the median

double seconds(Duration d) { return std::chrono::duration<double>(d).count(); }
/// So many of a list, evenly spread over it.
std::vector<std::int32_t> spread(const std::vector<std::int32_t>& from, std::size_t count) {
  std::vector<std::int32_t> chosen;
  for (std::size_t i = 0; i < count; ++i) chosen.push_back(from[count > 1 ? i * (from.size() - 1) / (count - 1) : 0]);
  return chosen;
}

/// Of more rungs than can be tried, in order of bytes: first of all those that are more accurate than every smaller
/// one, then some of those that are merely quicker.
std::vector<std::int32_t> thinned(const Ladder& ladder, const std::vector<std::int32_t>& order, std::size_t most) {
  std::vector<std::int32_t> best, quick;
  double accuracy = -1;
  for (const std::int32_t i : order) {
    const double own = ladder.rungs[static_cast<std::size_t>(i)].accuracy;
    (own > accuracy ? best : quick).push_back(i);
    accuracy = std::max(accuracy, own);
  }
  if (best.size() >= most) return spread(best, most);
  const std::vector<std::int32_t> rest = spread(quick, most - best.size());
  best.insert(best.end(), rest.begin(), rest.end());
  std::ranges::sort(best, {}, [&](std::int32_t i) { return ladder.rungs[static_cast<std::size_t>(i)].bytes; });
  return best;
}

Duration duration(double s) { return Duration(static_cast<Duration::rep>(std::min(s, 3600.0) * 1e9)); }

}  // namespace

MpcPolicy::MpcPolicy(const Ladder& ladder, const PolicyOptions& options)
    : local_accuracy_(ladder.local_accuracy),
      horizon_(options.horizon),
      wanted_risk_(options.risk),
      risk_(std::clamp(options.risk, kLeastRisk, kGreatestRisk)),
      even_(options.even),
      belief_(options.round_trip) {
  std::vector<std::int32_t> order = efficient_rungs(ladder);
  // A rung no better than the device's own answer is of no use, except that the smallest may have to probe.
  std::erase_if(order, [&](std::int32_t i) {
    return i != order.front() && ladder.rungs[static_cast<std::size_t>(i)].accuracy <= ladder.local_accuracy;
  });
  for (const Rung& rung : ladder.rungs) cloud_.push_back(seconds(rung.cloud));
  if (order.size() > kMostRungs) order = thinned(ladder, order, kMostRungs);
  for (const std::int32_t place : order) {
    places_.push_back(place);
    rungs_.push_back(ladder.rungs[static_cast<std::size_t>(place)]);
  }
  choice_count_ = 1 + order.size();
}

void MpcPolicy::lay_out(const Situation& situation) {
  const LinkBelief::Forecast forecast = belief_.forecast(situation.now, situation.under_way);
  const double overhead = forecast.overhead;
  captured_ = seconds(situation.captured - situation.now);
  deadline_ = seconds(situation.deadline);
  period_ = std::max(seconds(situation.period), kLeastPeriod);
  for (std::size_t c = 0; c < kCases; ++c) {
    weights_[c] = forecast.cases[c].weight;
    start_.device_free[c] = 0;
    start_.link_free[c] = forecast.cases[c].busy;
  }
  choices_[0] = {};
  for (std::size_t i = 0; i < rungs_.size(); ++i) {
    Choice& choice = choices_[i + 1];
    const auto place = static_cast<std::size_t>(places_[i]);
    const double bytes = place < situation.bytes.size() ? situation.bytes[place] : rungs_[i].bytes;
    choice.rung = places_[i];
    choice.device = seconds(rungs_[i].device);
    choice.sends = bytes > 0;
    choice.after = choice.sends ? seconds(rungs_[i].cloud) + queue_ + overhead : 0;
    choice.accuracy = rungs_[i].accuracy;
    for (std::size_t c = 0; c < kCases; ++c) choice.sending[c] = 8 * bytes / forecast.cases[c].bits_per_second;
  }
}

/// Lets a frame captured then go by this choice, in every case at once; `in_time` becomes 1 or 0.
void MpcPolicy::apply(const Choice& choice, double captured, States& states, PerCase& in_time) const {
  const double latest = captured + deadline_ - choice.after;
  for (std::size_t c = 0; c < kCases; ++c) {
    states.device_free[c] = std::max(captured, states.device_free[c]) + choice.device;
    double end = states.device_free[c];
    if (choice.sends) end = states.link_free[c] = std::max(end, states.link_free[c]) + choice.sending[c];
    in_time[c] = end <= latest ? 1 : 0;
  }
}

/// Expected accuracy of the next frames, each by this choice in the cases where it is then in time, less what is left
/// of the queue at the end.
double MpcPolicy::follow(const Choice& next, States states) const {
  PerCase frames{}, in_time;
  double captured = captured_;
  for (int k = 1; k < horizon_; ++k) {
    captured += period_;
    States sent = states;
    apply(next, captured, sent, in_time);
    for (std::size_t c = 0; c < kCases; ++c) {
      states.device_free[c] = in_time[c] > 0 ? sent.device_free[c] : states.device_free[c];
      states.link_free[c] = in_time[c] > 0 ? sent.link_free[c] : states.link_free[c];
      frames[c] += in_time[c];
    }
  }
  const Choice& smallest = choices_[1];
  const double slack = deadline_ - smallest.device - smallest.after;
  double value = (horizon_ - 1) * local_accuracy_;
  for (std::size_t c = 0; c < kCases; ++c) {
    const double behind = states.link_free[c] - captured - period_ - (slack - smallest.sending[c]);
    const double queue = std::clamp(behind / period_, 0.0, kMostBacklog);
    value += weights_[c] * (frames[c] * (next.accuracy - local_accuracy_) - kBacklogCost * queue);
  }
  return value;
}

MpcPolicy::Outlook MpcPolicy::look_ahead(const Choice& first) const {
  Outlook outlook;
  States states = start_;
  if (first.rung >= 0) {
    PerCase in_time;
    apply(first, captured_, states, in_time);
    for (std::size_t c = 0; c < kCases; ++c) outlook.on_time += weights_[c] * in_time[c];
  }
  double best = std::numeric_limits<double>::lowest();
  // Every second one is enough to tell what is left for the next frames.
  for (std::size_t i = 1; i < choice_count_; i += 2) best = std::max(best, follow(choices_[i], states));
  outlook.value = local_accuracy_ + outlook.on_time * (first.accuracy - local_accuracy_) + best;
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
  const bool quiet = last_sent_ == TimePoint::min() || situation.now - last_sent_ >= kProbeAfter;
  const bool may_probe = quiet && situation.under_way.empty();
  decision.held = even_ && !may_probe && is_between(situation);
  const Choice* chosen = decision.held ? &choices_[0] : &choose(decision);
  if (chosen->rung < 0 && may_probe) {
    chosen = &choices_[1];
    decision.probe = true;
    decision.on_time = look_ahead(*chosen).on_time;
  }
  decision.rung = chosen->rung;
  if (chosen->rung >= 0) {
    States states = start_;
    PerCase in_time;
    apply(*chosen, captured_, states, in_time);
    const double end = chosen->sends ? states.link_free[kMiddle] : states.device_free[kMiddle];
    decision.forecast = duration(end + chosen->after - captured_);
    remember(situation, decision);
  }
  advise(decision);
  return decision;
}

/// Every how manieth frame the device and the link bear in the smallest rung.
int MpcPolicy::divisor() const {
  const Choice& smallest = choices_[1];
  const double busy = std::max(smallest.sending[kMiddle], smallest.device);
  return static_cast<int>(std::clamp(std::ceil(busy / period_ - 1e-9), 1.0, double{kMostDivisor}));
}

/// Whether a frame lies between two of those that are sent.
bool MpcPolicy::is_between(const Situation& situation) const {
  return last_sent_ != TimePoint::min() && situation.frame < last_frame_ + static_cast<std::uint64_t>(divisor());
}

/// What would let frames be in time when the link does not bear the smallest rung at this rate or size.
void MpcPolicy::advise(Decision& decision) const {
  const Choice& smallest = choices_[1];
  constexpr std::size_t kCareful = 2;  // the case at the lower tenth
  const double sending = smallest.sending[kCareful];
  decision.fps_divisor = divisor();
  const double left = deadline_ - smallest.device - smallest.after;
  if (sending > left) decision.scale = std::max(std::sqrt(std::max(left, 0.0) / sending), kLeastScale);
}

void MpcPolicy::remember(const Situation& situation, const Decision& decision) {
  last_sent_ = situation.now;
  last_frame_ = situation.frame;
  // A probe is not expected in time, so it says nothing about the risk.
  sent_[next_sent_++ % sent_.size()] = {situation.frame, situation.captured + situation.deadline, !decision.probe};
}

void MpcPolicy::learn(const Transfer& transfer) {
  belief_.learn(transfer);
  const auto place = static_cast<std::size_t>(std::max(transfer.rung, 0));
  if (!transfer.lost && !transfer.undone && place < cloud_.size()) {
    queue_ += kQueueMemory * (std::max(seconds(transfer.service) - cloud_[place], 0.0) - queue_);
  }
  for (Sent& each : sent_) {
    if (!each.open || each.frame != transfer.frame) continue;
    each.open = false;
    const double miss = transfer.lost || transfer.undone || transfer.acked > each.due ? 1 : 0;
    risk_ = std::clamp(risk_ + kRiskStep * (wanted_risk_ - miss), kLeastRisk, kGreatestRisk);
  }
}

}  // namespace weir
