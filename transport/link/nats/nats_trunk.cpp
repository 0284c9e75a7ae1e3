// SPDX-License-Identifier: Apache-2.0
#include "transport/link/nats/nats_trunk.hpp"

#include "transport/link/nats/nats_link.hpp"

namespace weir {
namespace {

constexpr auto kProbeEvery = std::chrono::seconds(1);

/// Whether whoever sent this should hear that nobody here knows its link.
bool wants_to_know(const NatsArrival& arrival) {
  if (!is_nats_device_subject(arrival.reply) && arrival.reply.rfind("weir.v1.worker.", 0) != 0) return false;
  if (arrival.kind == NatsArrival::Kind::control) {
    const NatsSignal signal = arrival.control.signal;
    return signal == NatsSignal::probe || signal == NatsSignal::accepted || signal == NatsSignal::consumed;
  }
  return arrival.kind == NatsArrival::Kind::message;
}

}  // namespace

void NatsTrunk::start(NatsAccess access) {
  checks_bodies_ = access.tls.authority.empty();
  const std::weak_ptr<NatsTrunk> weak = weak_from_this();
  const auto tell = [weak](auto call) {
    if (const auto self = weak.lock()) call(*self);
  };
  NatsConnection::Calls calls;
  calls.up = [tell](std::size_t most) { tell([&](NatsTrunk& self) { self.came_up(most); }); };
  calls.arrived = [tell](NatsArrival arrival) { tell([&](NatsTrunk& self) { self.arrived(std::move(arrival)); }); };
  calls.not_permitted = [tell](const std::string& text) { tell([&](NatsTrunk& self) { self.not_permitted(text); }); };
  calls.down = [tell](const Status& why) { tell([&](NatsTrunk& self) { self.went_down(why); }); };
  connection_ = std::make_shared<NatsConnection>(core_, std::move(access), std::move(calls));
  connection_->start();
}

void NatsTrunk::remove(const std::string& token) {
  links_.erase(token);
  if (links_.empty() && !wanted_) connection_->end();
}

void NatsTrunk::not_wanted() {
  wanted_ = false;
  if (links_.empty()) connection_->end();
}

std::vector<std::shared_ptr<NatsLink>> NatsTrunk::links() const {
  std::vector<std::shared_ptr<NatsLink>> all;
  all.reserve(links_.size());
  for (const auto& [token, link] : links_) all.push_back(link);
  return all;
}

void NatsTrunk::came_up(std::size_t max_payload) {
  max_payload_ = max_payload;
  up_ = true;
  hooks_.up();
  for (const auto& link : links()) link->trunk_up();
  probe_silent_links();
}

void NatsTrunk::arrived(NatsArrival arrival) {
  const auto found = links_.find(arrival.token);
  if (found != links_.end()) {
    const std::shared_ptr<NatsLink> link = found->second;
    return link->arrived(std::move(arrival));
  }
  if (hooks_.stray && (arrival.token == "open" || arrival.token == "probe")) return hooks_.stray(arrival);
  if (!wants_to_know(arrival)) return;
  connection_->signal(std::make_shared<const NatsRoute>(NatsRoute{arrival.reply, ""}), {NatsSignal::closed});
}

/// The server does not say for which link it was; those that are open were permitted to do all they do.
void NatsTrunk::not_permitted(const std::string& text) {
  for (const auto& link : links()) link->not_permitted(text);
}

void NatsTrunk::went_down(const Status& why) {
  over_ = true;
  up_ = false;
  for (const auto& link : links()) link->trunk_down(why);
  links_.clear();
  if (hooks_.down) hooks_.down(why);
  hooks_ = {};
}

void NatsTrunk::probe_silent_links() {
  for (const auto& link : links()) link->probe_if_silent();
  core_->call_at(core_->now() + kProbeEvery, [weak = weak_from_this()] {
    if (const auto self = weak.lock(); self && self->up_) self->probe_silent_links();
  });
}

}  // namespace weir
