// SPDX-License-Identifier: Apache-2.0
#include "transport/remote/cloud_worker.hpp"

#include <algorithm>

#include "transport/wire/body_reader.hpp"

namespace weir {
namespace {

constexpr std::uint32_t kMostCredit = 1024;  // messages; whatever a worker says
constexpr Duration kLongestDrain = std::chrono::seconds(30);

/// A worker's word for why it does not offer a service, for people.
std::string explained(const std::string& reason) {
  if (reason == "unknown_service") return "its launch file has no such cloud stage";
  if (reason == "other_fingerprint") return "its stages, their parameters or the contents of their files differ";
  return reason;
}

/// What happened to the worker at this address, where the text may name it already.
std::string told_of(const Address& address, const std::string& text) {
  const std::string name = address.text();
  return text.find(name) == std::string::npos ? name + ": " + text : text;
}

/// Whether a worker that refuses for this reason was able to do it.
bool was_skipped(std::string_view reason) {
  return reason == "expired" || reason == "busy" || reason == "cancelled" || reason == "draining";
}

/// How long the worker had the request, as it tells.
Result<Duration> service_time(const InMessage& message) {
  const auto body = BodyReader::read(message.body);
  if (!body) return fail(body.error());
  const auto time = body->root().get("service_us").and_then([](const BodyValue& value) { return value.natural(); });
  if (!time) return fail(time.error());
  constexpr std::uint64_t kMost = 60'000'000;
  return std::chrono::microseconds(std::min(*time, kMost));
}

}  // namespace

CloudClient::Impl::Worker::Worker(Impl& client, PeerId id, Address address)
    : client_(client),
      id_(id),
      address_(std::move(address)),
      random_(derive_seed(client.options.seed, address_.text())),
      retry_(client.options.first_retry) {}

void CloudClient::Impl::Worker::connect() {
  began_ = client_.loop->now();
  link_ = client_.loop->connect(address_, client_.options.link, shared_from_this());
}

void CloudClient::Impl::Worker::enlist() {
  listed_ = true;
  retry_ = client_.options.first_retry;
  if (!link_ && !waiting_) connect();
}

void CloudClient::Impl::Worker::drain(TimePoint now) {
  if (!link_ || drain_until_ != kNever) return;
  if (!up_) return link_->close();
  drain_until_ = now + kLongestDrain;
  client_.dispatcher->draining(id_, now);
  client_.loop->call_at(drain_until_, [self = shared_from_this()] {
    if (!self->client_.stopped) self->client_.after_event();
  });
}

void CloudClient::Impl::Worker::end_drain(int outstanding, TimePoint now) {
  if (link_ && drain_until_ != kNever && (outstanding == 0 || now >= drain_until_)) link_->close();
}

void CloudClient::Impl::Worker::close() {
  if (link_) link_->close();
}

bool CloudClient::Impl::Worker::send(OutMessage message) {
  if (!link_) return false;
  message.header.session = client_.session;
  const std::size_t bytes = kHeaderBytes + (message.body ? message.body->bytes : 0);
  if (!link_->send(std::move(message))) return false;
  const std::lock_guard lock(client_.mutex);
  client_.traffic.bytes_up += bytes;
  return true;
}

bool CloudClient::Impl::Worker::withdraw(RequestId request) {
  return link_ && link_->withdraw(MessageType::work, request);
}

void CloudClient::Impl::Worker::on_open(Link&) {
  wire::Hello hello;
  hello.name = client_.options.name;
  hello.services = client_.options.services;
  hello.max_body = std::min(client_.options.link.max_body, link_->max_body());
  send({.header = {.type = MessageType::hello}, .body = wire::encode(hello)});
  limit_handshake();
}

void CloudClient::Impl::Worker::limit_handshake() {
  client_.loop->call_at(began_ + client_.options.link.connect_timeout, [self = shared_from_this(), began = began_] {
    if (self->up_ || self->began_ != began || !self->link_) return;
    self->client_.note_problem(self->address_.text() + ": it does not answer; the worker hangs, or is no Weir worker");
    self->link_->close();
  });
}

void CloudClient::Impl::Worker::on_message(Link& link, InMessage message) {
  const TimePoint now = client_.loop->now();
  {
    const std::lock_guard lock(client_.mutex);
    client_.traffic.bytes_down += kHeaderBytes + message.body.view.size();
  }
  if (up_) {
    client_.dispatcher->heard(id_, now);
    handle(message, now);
  } else if (Status status = greet(message, now); !status) {
    client_.note_problem(link.peer() + ": " + status.error().text);
    link.close();
  }
  client_.after_event();
}

void CloudClient::Impl::Worker::on_room(Link&) {
  if (!up_) return;
  client_.dispatcher->room(id_, client_.loop->now());
  client_.after_event();
}

void CloudClient::Impl::Worker::on_close(Link&, const Status& why) {
  link_.reset();
  const bool was_up = std::exchange(up_, false);
  drain_until_ = kNever;
  if (client_.stopped) return;
  const std::string text = why ? address_.text() : told_of(address_, why.error().text);
  // Of what this side closed, the reason has been told.
  if (!why && why.error().code != Code::stopped) client_.note_problem(text);
  {
    const std::lock_guard lock(client_.mutex);
    client_.reports[id_].connected = false;
    client_.offers[id_].assign(client_.options.services.size(), false);
    client_.earlier[id_] = client_.reports[id_];
  }
  const TimePoint now = client_.loop->now();
  if (was_up) {
    if (listed_) client_.warn("lost worker " + text + "; trying again");
    client_.dispatcher->peer_down(id_, now);
    client_.give_up_overdue(id_);
    retry_ = client_.options.first_retry;
  }
  if (listed_) connect_again(was_up ? now : began_);
  client_.after_event();
}

/// The time that a connection took to fail counts.
void CloudClient::Impl::Worker::connect_again(TimePoint since) {
  // Up to half as long again: many devices should not come back in the same moment.
  const double wait = static_cast<double>(retry_.count()) * random_.uniform(1.0, 1.5);
  retry_ = std::min(2 * retry_, client_.options.last_retry);
  const TimePoint when = since + Duration(static_cast<std::int64_t>(wait));
  waiting_ = true;
  client_.loop->call_at(std::max(client_.loop->now(), when), [self = shared_from_this()] {
    self->waiting_ = false;
    if (!self->client_.stopped && self->listed_) self->connect();
  });
}

Status CloudClient::Impl::Worker::greet(const InMessage& message, TimePoint now) {
  if (message.header.type == MessageType::goaway) {
    const auto goaway = wire::decode_goaway(message.body);
    return {Code::unavailable, "the worker refused: " + (goaway ? goaway->reason : goaway.error().text)};
  }
  if (message.header.type != MessageType::hello_ack) {
    return {Code::invalid, "the worker did not begin with hello_ack; is it a Weir worker?"};
  }
  const auto ack = wire::decode_hello_ack(message.body);
  if (!ack) return ack.error();
  PeerFacts facts;
  facts.name = ack->name;
  facts.messages = static_cast<int>(std::clamp<std::uint32_t>(ack->messages, 1, kMostCredit));
  facts.bytes = ack->bytes;
  facts.max_body = std::min<std::size_t>(ack->max_body, link_->max_body());
  if (link_->max_body() < client_.options.link.max_body) {
    client_.note_problem(address_.text() + " is reached by messages of up to " + std::to_string(link_->max_body()) +
                         " bytes, though cloud.max_message allows more; raise max_payload in the NATS server's "
                         "configuration, or send less");
  }
  facts.parallel = static_cast<int>(std::clamp<std::uint32_t>(ack->parallel, 1, kMostCredit));
  facts.services = offered_services(*ack);
  up_ = true;
  client_.dispatcher->peer_up(id_, facts, now);
  {
    const std::lock_guard lock(client_.mutex);
    client_.reports[id_].name = ack->name;
    client_.reports[id_].connected = true;
    for (const std::uint32_t service : facts.services) client_.offers[id_][service] = true;
  }
  client_.joined.notify_all();
  return {};
}

std::vector<std::uint32_t> CloudClient::Impl::Worker::offered_services(const wire::HelloAck& ack) {
  std::vector<std::uint32_t> offered;
  for (std::size_t i = 0; i < client_.options.services.size(); ++i) {
    const std::string& wanted = client_.options.services[i].name;
    const auto found = std::find_if(ack.services.begin(), ack.services.end(),
                                    [&](const wire::ServiceAnswer& service) { return service.name == wanted; });
    if (found != ack.services.end() && found->offered) {
      offered.push_back(static_cast<std::uint32_t>(i));
      continue;
    }
    client_.note_problem(address_.text() + " does not offer " + wanted +
                         (found == ack.services.end() ? "" : ": " + explained(found->reason)));
  }
  return offered;
}

void CloudClient::Impl::Worker::handle(InMessage& message, TimePoint now) {
  Dispatcher& dispatcher = *client_.dispatcher;
  switch (message.header.type) {
    case MessageType::result:
      handle_result(message, now);
      break;
    case MessageType::nack:
      handle_nack(message, now);
      break;
    case MessageType::credit:
      if (const auto credit = wire::decode_credit(message.body)) {
        dispatcher.credit(id_, static_cast<int>(std::min(credit->messages, kMostCredit)), credit->bytes, now);
      }
      break;
    case MessageType::pong:
      dispatcher.pong(id_, message.header.id, now);
      break;
    case MessageType::ping:
      send({.header = {.type = MessageType::pong, .priority = 255, .id = message.header.id}});
      break;
    case MessageType::drain:
    case MessageType::goaway:
      dispatcher.draining(id_, now);
      break;
    default:
      break;
  }
}

void CloudClient::Impl::Worker::handle_result(InMessage& message, TimePoint now) {
  const auto service = service_time(message);
  if (!service) {  // as if it had refused: another worker may do better
    client_.note_problem(address_.text() + ": a result cannot be read: " + service.error().text);
    client_.dispatcher->nack(id_, message.header.id, "corrupt", {}, now);
    client_.settle_overdue(message.header.id, CloudReceipt::Fate::refused);
    return;
  }
  client_.arriving = &message;
  client_.arriving_service = *service;
  client_.dispatcher->result(id_, message.header.id, *service, now);
  client_.arriving = nullptr;
  client_.settle_overdue(message.header.id, CloudReceipt::Fate::late);
}

void CloudClient::Impl::Worker::handle_nack(const InMessage& message, TimePoint now) {
  const auto nack = wire::decode_nack(message.body);
  if (nack && !nack->text.empty()) client_.note_problem(address_.text() + ": " + nack->text);
  const std::string_view reason = nack ? std::string_view(nack->reason) : "refused";
  client_.dispatcher->nack(id_, message.header.id, reason, nack ? nack->retry_after : Duration(0), now);
  client_.settle_overdue(message.header.id,
                         was_skipped(reason) ? CloudReceipt::Fate::skipped : CloudReceipt::Fate::refused);
}

}  // namespace weir
