// SPDX-License-Identifier: Apache-2.0
#include "stages/control/stream_controller.hpp"

#include <algorithm>

namespace weir {
namespace {

constexpr std::size_t kRemembered = 64;  // frames; far more than can be under way
constexpr double kForget = 0.2;          // weight of a new frame's size in the mean of its rung
constexpr Duration kLongestPeriod = std::chrono::seconds(2);

}  // namespace

StreamController::StreamController(StreamId stream, std::unique_ptr<Policy> policy, Ladder ladder)
    : stream_(stream), policy_(std::move(policy)), ladder_(std::move(ladder)) {
  for (const Rung& rung : ladder_.rungs) bytes_.push_back(rung.bytes);
}

void StreamController::learn(const LinkMonitor& link, DecisionLog* decisions) {
  exchanges_.clear();
  position_ = link.ended_since(position_, exchanges_);
  for (const Exchange& exchange : exchanges_) {
    if (exchange.stream != stream_) continue;
    const auto sent = std::ranges::find(sent_, exchange.frame, &Sent::frame);
    if (sent == sent_.end()) continue;
    // What a worker got and did not do says as much of the link as an answer; what did not leave says nothing of it.
    const bool unsent = exchange.end == ExchangeEnd::unsent;
    const bool lost = unsent || exchange.end == ExchangeEnd::lost;
    policy_->learn({.frame = exchange.frame,
                    .rung = sent->rung,
                    .bytes = unsent ? 0 : static_cast<double>(exchange.bytes),
                    .sent = exchange.asked,
                    .acked = exchange.ended,
                    .service = exchange.service,
                    .lost = lost,
                    .undone = !lost && !is_done(exchange.end)});
    // What a rung takes drifts with the scene, so the ladder's mean is only where it starts.
    double& mean = bytes_[static_cast<std::size_t>(sent->rung)];
    mean += kForget * (static_cast<double>(exchange.bytes) - mean);
    if (decisions) {
      decisions->ended(stream_, exchange.frame,
                       {.bytes = exchange.bytes,
                        .answered = exchange.end == ExchangeEnd::answered,
                        .asked = exchange.asked - sent->captured,
                        .service = exchange.service,
                        .actual = exchange.ended - sent->captured});
    }
  }
}

void StreamController::note_period(TimePoint captured) {
  if (last_capture_ != kNever && captured > last_capture_) {
    const Duration step = std::min(captured - last_capture_, kLongestPeriod);
    period_ += (step - period_) / 4;
  }
  last_capture_ = captured;
}

Decision StreamController::decide(const Stamp& stamp, const LinkMonitor& link, TimePoint now) {
  note_period(stamp.capture);
  exchanges_.clear();
  link.under_way(exchanges_);
  under_way_.clear();
  for (const Exchange& exchange : exchanges_) {
    under_way_.push_back({exchange.frame, static_cast<double>(exchange.bytes), exchange.asked});
  }
  const Decision decision = policy_->decide({.frame = stamp.frame,
                                             .now = now,
                                             .captured = stamp.capture,
                                             .deadline = stamp.deadline - stamp.capture,
                                             .period = period_,
                                             .under_way = under_way_,
                                             .bytes = bytes_});
  if (decision.rung >= 0) note_sent(stamp, decision.rung);
  return decision;
}

void StreamController::note_sent(const Stamp& stamp, std::int32_t rung) {
  if (sent_.size() == kRemembered) sent_.pop_front();
  sent_.push_back({stamp.frame, rung, stamp.capture});
}

}  // namespace weir
