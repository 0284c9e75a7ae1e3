// SPDX-License-Identifier: Apache-2.0
#include "transport/link/nats/nats_link.hpp"

#include <algorithm>

namespace weir {
namespace {

constexpr std::uint64_t kWindow = 1 << 20;         // bytes on their way before the other side must have taken some
constexpr std::uint64_t kTellEvery = kWindow / 4;  // bytes taken before the other side hears of it
constexpr auto kAskEvery = std::chrono::milliseconds(250);

std::size_t size_of(const OutMessage& message) { return kHeaderBytes + (message.body ? message.body->bytes : 0); }

}  // namespace

NatsLink::NatsLink(std::shared_ptr<LoopCore> core, std::string peer, const LinkOptions& options,
                   std::shared_ptr<LinkEvents> events)
    : core_(std::move(core)),
      peer_(std::move(peer)),
      max_body_(options.max_body),
      check_bodies_(options.check_bodies),
      events_(std::move(events)),
      queue_(options.max_queued, nullptr) {}

void NatsLink::fail_to_open(Status why) {
  core_->add(shared_from_this());
  end(std::move(why));
}

void NatsLink::enter(std::shared_ptr<NatsTrunk> trunk, NatsRoute route) {
  trunk_ = std::move(trunk);
  route_ = std::make_shared<const NatsRoute>(std::move(route));
  core_->add(shared_from_this());
  trunk_->add(token_, shared_from_this());
}

std::size_t NatsLink::max_body() const {
  if (!trunk_) return max_body_;
  return std::min(max_body_, trunk_->max_payload() - std::min(trunk_->max_payload(), kHeaderBytes));
}

void NatsLink::connect(std::shared_ptr<NatsTrunk> trunk, const std::string& inbox, const std::string& worker,
                       Duration timeout) {
  token_ = random_nats_token();
  asking_ = std::make_shared<const NatsRoute>(NatsRoute{worker + "open", inbox + token_});
  enter(std::move(trunk), {worker + "in." + token_, inbox + token_});
  core_->call_at(core_->now() + timeout, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self || self->state_ != State::connecting) return;
    self->close_with({Code::unavailable, self->peer_ + ": the worker does not answer; it hangs, or the server's "
                                                       "permissions keep its answers away"});
  });
  if (trunk_->is_up()) trunk_up();
}

void NatsLink::trunk_up() {
  if (state_ == State::connecting) ask();
}

/// What was asked of a worker that was just leaving is lost; asked again, the server says that nobody is there.
void NatsLink::ask() {
  if (state_ != State::connecting) return;
  trunk_->connection()->signal(asking_, {NatsSignal::open});
  core_->call_at(core_->now() + kAskEvery, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->ask();
  });
}

void NatsLink::accept(std::shared_ptr<NatsTrunk> trunk, const NatsRoute& route) {
  token_ = last_part(route.reply);
  enter(std::move(trunk), route);
  state_ = State::open;
  signal({NatsSignal::accepted});
  events_->on_open(*this);
}

void NatsLink::arrived(NatsArrival arrival) {
  if (state_ == State::closed) return;
  heard_ = true;
  switch (arrival.kind) {
    case NatsArrival::Kind::nobody:
      return end({Code::unavailable,
                  state_ == State::open ? peer_ + ": the other side has gone" : peer_ + ": nobody listens there"});
    case NatsArrival::Kind::control:
      return take_control(arrival.control);
    case NatsArrival::Kind::unusable:
      return close_with({arrival.wrong.error().code, peer_ + ": " + arrival.wrong.error().text});
    case NatsArrival::Kind::message:
      return take_message(std::move(arrival.message));
  }
}

void NatsLink::take_control(const NatsControl& control) {
  switch (control.signal) {
    case NatsSignal::accepted:
      if (state_ != State::connecting) return;
      state_ = State::open;
      return events_->on_open(*this);
    case NatsSignal::refused:
      return end({Code::unavailable, peer_ + ": the listener refuses the link"});
    case NatsSignal::closed:
      return end({Code::unavailable, peer_ + ": the other side has closed the link"});
    case NatsSignal::consumed:
      if (control.value > sent_ || control.value < acknowledged_) return;  // not what was sent here
      acknowledged_ = control.value;
      return pump();
    default:
      return;
  }
}

void NatsLink::take_message(InMessage message) {
  if (state_ != State::open) return;
  if (message.header.body_bytes > max_body_) {
    return close_with({Code::invalid, peer_ + ": a body has " + std::to_string(message.header.body_bytes) +
                                          " bytes, agreed are at most " + std::to_string(max_body_) +
                                          "; raise the limit on both sides or send less"});
  }
  taken_ += kHeaderBytes + message.header.body_bytes;
  events_->on_message(*this, std::move(message));
  if (state_ != State::open || taken_ - told_ < kTellEvery) return;
  told_ = taken_;
  signal({NatsSignal::consumed, taken_});
}

void NatsLink::probe_if_silent() {
  if (state_ == State::open && !heard_) signal({NatsSignal::probe});
  heard_ = false;
}

bool NatsLink::send(OutMessage message) {
  if (state_ != State::open || (message.body && message.body->bytes > max_body())) return false;
  if (!queue_.push(std::move(message))) {
    room_wanted_ = true;
    return false;
  }
  pump();
  return true;
}

void NatsLink::pump() {
  while (!queue_.empty() && sent_ - acknowledged_ < kWindow) {
    OutMessage message = queue_.pop();
    message.header.header_bytes = kHeaderBytes;  // what the other side counts, too
    sent_ += size_of(message);
    trunk_->connection()->publish(route_, std::move(message), check_bodies_ && trunk_->checks_bodies());
  }
  tell_room();
}

/// By itself, so that nobody hears of it within a call of his own.
void NatsLink::tell_room() {
  if (!room_wanted_ || !queue_.has_room()) return;
  room_wanted_ = false;
  core_->post([self = shared_from_this()] {
    if (self->state_ == State::open) self->events_->on_room(*self);
  });
}

bool NatsLink::withdraw(MessageType type, std::uint64_t id) {
  if (!queue_.withdraw(type, id)) return false;
  tell_room();
  return true;
}

void NatsLink::not_permitted(const std::string& text) {
  if (state_ != State::connecting) return;
  end({Code::unavailable, peer_ + ": " + text + "; grant it in the server's configuration"});
}

void NatsLink::trunk_down(const Status& why) { end({why.error().code, peer_ + ": " + why.error().text}); }

void NatsLink::close() { close_with({Code::stopped, peer_ + ": closed by this side"}); }

void NatsLink::close_with(Status why) {
  if (state_ == State::closed) return;
  if (trunk_ && trunk_->is_up()) signal({NatsSignal::closed});
  end(std::move(why));
}

/// Ends the link; on_close comes by itself, so that nobody hears of it within a call of his own.
void NatsLink::end(Status why) {
  if (state_ == State::closed) return;
  state_ = State::closed;
  why_ = std::move(why);
  queue_.clear();
  core_->post([self = shared_from_this()] { self->finish(); });
}

void NatsLink::finish() {
  const std::shared_ptr<LinkEvents> events = std::exchange(events_, nullptr);
  if (!events) return;
  if (const auto trunk = std::exchange(trunk_, nullptr)) trunk->remove(token_);
  core_->remove(this);
  events->on_close(*this, why_);
}

void NatsLink::loop_ends() {
  close_with({Code::stopped, peer_ + ": the loop of the links has ended"});
  finish();
}

}  // namespace weir
