// SPDX-License-Identifier: Apache-2.0
#include "transport/shaper/token_clock.hpp"

#include <algorithm>
#include <cmath>

namespace weir {
namespace {

constexpr double kMostSeconds = 1e7;  // what takes longer never passes
constexpr int kMostRounds = 16;       // of losses of one message; then it passes

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

/// Follows the rate from `start` on until the bytes have passed.
TimePoint TokenClock::sent_at(std::size_t bytes, TimePoint start) const {
  if (!trace_.ever_passes() || start == kNever) return kNever;
  double bits = static_cast<double>(bytes) * 8;
  for (TimePoint at = start;;) {
    const double rate = trace_.at(at).bits_per_second;
    const TimePoint change = trace_.next_change(at);
    const double room = change == kNever ? HUGE_VAL : rate * seconds(change - at);
    if (seconds(at - start) > kMostSeconds) return kNever;
    if (bits <= room && rate > 0) {
      return bits / rate > kMostSeconds ? kNever : at + Duration(std::llround(bits / rate * 1e9));
    }
    if (change == kNever) return kNever;
    bits -= room;
    at = change;
  }
}

std::size_t TokenClock::backlog(TimePoint now) const {
  if (free_at_ == kNever) return SIZE_MAX;
  double bits = 0;
  for (TimePoint at = now; at < free_at_;) {
    const TimePoint until = std::min(free_at_, trace_.next_change(at));
    bits += trace_.at(at).bits_per_second * seconds(until - at);
    at = until;
  }
  return static_cast<std::size_t>(std::llround(bits / 8));
}

TimePoint TokenClock::arrival() {
  if (free_at_ == kNever) return last_arrival_ = kNever;
  const PathState& state = trace_.at(free_at_);
  const Duration jitter(std::llround(random_.uniform() * static_cast<double>(state.jitter.count())));
  return last_arrival_ = std::max(last_arrival_, free_at_ + state.delay + jitter);
}

std::optional<TimePoint> TokenClock::pass_packet(std::size_t bytes, TimePoint now) {
  const PathState& state = trace_.at(now);
  if (random_.uniform() < state.loss) return std::nullopt;
  if (const std::size_t waiting = backlog(now); waiting > 0 && waiting + bytes > state.queue_bytes) return std::nullopt;
  free_at_ = sent_at(bytes, std::max(now, free_at_));
  return arrival();
}

std::size_t TokenClock::count_lost(std::size_t packets, double loss) {
  std::size_t lost = 0;
  for (std::size_t i = 0; i < packets; ++i) lost += random_.uniform() < loss ? 1 : 0;
  return lost;
}

TimePoint TokenClock::pass_message(std::size_t bytes, TimePoint now) {
  free_at_ = sent_at(bytes, std::max(now, free_at_));
  std::size_t packets = (bytes + kPacketBytes - 1) / kPacketBytes;
  Duration again{};
  for (int round = 0; round < kMostRounds && free_at_ != kNever; ++round) {
    const PathState& state = trace_.at(free_at_);
    packets = state.loss > 0 ? count_lost(packets, state.loss) : 0;
    if (packets == 0) break;
    free_at_ = sent_at(packets * kPacketBytes, free_at_);
    again += 2 * state.delay;
  }
  const TimePoint first = arrival();
  return first == kNever ? first : last_arrival_ = first + again;
}

}  // namespace weir
