// SPDX-License-Identifier: Apache-2.0
#include "transport/dispatch/liveness.hpp"

#include <algorithm>

namespace weir {
namespace {

constexpr int kRefresh = 10;  // heartbeats after which even a busy worker is pinged, to know its round trip

}  // namespace

void Liveness::heard(TimePoint now) {
  heard_ = now;
  unanswered_ = 0;
  suspect_ = false;
}

void Liveness::suspect(TimePoint now) {
  if (!suspect_) suspect_since_ = now;
  suspect_ = true;
}

void Liveness::pinged(std::uint64_t token, TimePoint now) {
  pings_[count_ % pings_.size()] = {token, now, suspect_};
  ++count_;
  ++unanswered_;
  pinged_ = now;
}

const Liveness::Ping* Liveness::find(std::uint64_t token) const {
  const auto filled = std::min<std::size_t>(count_, pings_.size());
  const auto* end = pings_.data() + filled;
  const auto* ping = std::find_if(pings_.data(), end, [&](const Ping& one) { return one.token == token; });
  return ping == end ? nullptr : ping;
}

std::optional<Duration> Liveness::pong(std::uint64_t token, TimePoint now) const {
  const Ping* ping = find(token);
  if (ping == nullptr) return std::nullopt;
  const bool newest = ping == &pings_[(count_ - 1) % pings_.size()];
  if (ping->suspect && !newest) return std::nullopt;
  return now - ping->sent;
}

std::optional<TimePoint> Liveness::ping_time(std::uint64_t token) const {
  const Ping* ping = find(token);
  return ping == nullptr ? std::nullopt : std::optional(ping->sent);
}

bool Liveness::gave_up(const DispatchOptions& options, TimePoint now) const {
  return !suspect_ && unanswered_ >= std::max(options.missed_heartbeats, 1) && now >= pinged_ + options.heartbeat;
}

TimePoint Liveness::next(const DispatchOptions& options) const {
  if (suspect_) return pinged_ + options.suspect_retry;
  const TimePoint silent = unanswered_ > 0 ? pinged_ + options.heartbeat : heard_ + options.heartbeat;
  return std::min(silent, pinged_ + kRefresh * options.heartbeat);
}

}  // namespace weir
