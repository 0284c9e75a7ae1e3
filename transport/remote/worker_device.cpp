// SPDX-License-Identifier: Apache-2.0
#include "transport/remote/worker_device.hpp"

#include <algorithm>

namespace weir {
namespace {

constexpr std::uint32_t kNoBudget = 0xFFFFFFFF;

}  // namespace

void WorkerServer::Impl::Device::send(OutMessage message) {
  if (!link_) return;
  message.header.session = session_;
  if (message.body && message.body->bytes > max_body_) message = too_large(message);
  const std::size_t bytes = kHeaderBytes + (message.body ? message.body->bytes : 0);
  // A device that takes no answers has a link that is full of them: nothing is lost by closing it.
  if (link_->send(std::move(message))) {
    server_.count(&WorkerCounters::bytes_out, bytes);
  } else {
    link_->close();
  }
}

void WorkerServer::Impl::Device::on_message(Link& link, InMessage message) {
  link_ = &link;
  server_.count(&WorkerCounters::bytes_in, kHeaderBytes + message.body.view.size());
  const Status status = greeted_ ? handle(message) : greet(message);
  if (status) return;
  server_.count(&WorkerCounters::bad_messages);
  if (server_.options.note) server_.options.note(link.peer() + ": " + status.error().text + "; closing the connection");
  link.send({.header = {.type = MessageType::goaway, .priority = kControlPriority},
             .body = wire::encode(wire::Goaway{"protocol"})});
  link.close();
}

void WorkerServer::Impl::Device::on_close(Link& link, const Status& why) {
  if (greeted_ && server_.options.note) {
    const std::string text = why ? "" : why.error().text, peer = link.peer() + ": ";
    server_.options.note(name_ + " (" + link.peer() + ") left" + (why ? "" : ": ") +
                         (text.starts_with(peer) ? text.substr(peer.size()) : text));
  }
  link_ = nullptr;
  server_.gone(id_);
}

Status WorkerServer::Impl::Device::greet(const InMessage& message) {
  if (message.header.type != MessageType::hello) {
    return {Code::invalid, "a connection must begin with hello, but this one began with " +
                               std::string(to_string(message.header.type))};
  }
  const auto hello = wire::decode_hello(message.body);
  if (!hello) return hello.error();
  name_ = hello->name;
  session_ = message.header.session;
  max_body_ = std::min<std::size_t>({hello->max_body, server_.options.link.max_body, link_->max_body()});
  wire::HelloAck ack;
  ack.name = server_.options.name;
  for (const wire::Service& wanted : hello->services) ack.services.push_back(offer(wanted));
  ack.parallel = static_cast<std::uint32_t>(server_.options.queue.parallel);
  ack.messages = ack.parallel + 1;  // the next request waits here while this one's answer travels
  ack.bytes = 4 * server_.options.link.max_body;
  ack.max_body = std::min(server_.options.link.max_body, link_->max_body());
  greeted_ = true;
  if (server_.options.note) server_.options.note(name_ + " (" + link_->peer() + ") joined");
  send({.header = {.type = MessageType::hello_ack, .priority = kControlPriority}, .body = wire::encode(ack)});
  return {};
}

OutMessage WorkerServer::Impl::Device::too_large(const OutMessage& message) const {
  const wire::Nack nack{"too_large",
                        {},
                        "the answer has " + std::to_string(message.body->bytes) + " bytes, of which " +
                            std::to_string(max_body_) + " may be sent; raise max_message on both sides"};
  FrameHeader header = message.header;
  header.type = MessageType::nack;
  return {header, wire::encode(nack)};
}

wire::ServiceAnswer WorkerServer::Impl::Device::offer(const wire::Service& wanted) {
  wire::ServiceAnswer answer;
  answer.name = wanted.name;
  for (std::size_t i = 0; i < server_.options.services.size(); ++i) {
    const wire::Service& own = server_.options.services[i];
    if (own.name == wanted.name) answer.fingerprint = own.fingerprint;
    if (own.fingerprint != wanted.fingerprint) continue;
    services_[wanted.name] = static_cast<std::uint32_t>(i);
    answer.fingerprint = own.fingerprint;
    answer.offered = true;
    return answer;
  }
  answer.reason = answer.fingerprint.empty() ? "unknown_service" : "other_fingerprint";
  return answer;
}

Status WorkerServer::Impl::Device::handle(InMessage& message) {
  switch (message.header.type) {
    case MessageType::work:
      return take_work(message);
    case MessageType::cancel: {
      const std::lock_guard lock(server_.mutex);
      if (!server_.queue->cancel(id_, message.header.id)) return {};
      server_.jobs[id_].erase(message.header.id);
      ++server_.counters.cancelled;
      break;
    }
    case MessageType::ping:
      send({.header = {.type = MessageType::pong, .priority = kControlPriority, .id = message.header.id}});
      return {};
    case MessageType::pong:
    case MessageType::ack:
      return {};
    default:
      return {Code::invalid,
              "a device sent " + std::string(to_string(message.header.type)) + ", which only a worker sends"};
  }
  server_.refuse(id_, message.header.id, "cancelled", {});
  return {};
}

Status WorkerServer::Impl::Device::take_work(InMessage& message) {
  server_.count(&WorkerCounters::work);
  const std::uint64_t id = message.header.id;
  const std::size_t bytes = message.body.view.size();
  auto body = BodyReader::read(std::move(message.body));
  if (!body) return body.error();
  const auto text = [&](const char* key) {
    return body->root().get(key).and_then([](const BodyValue& value) { return value.text(); });
  };
  const auto service = text("service"), stream = text("stream");
  const auto frame = body->root().get("frame").and_then([](const BodyValue& value) { return value.natural(); });
  if (!service) return service.error();
  if (!stream) return stream.error();
  if (!frame) return frame.error();
  const auto known = services_.find(std::string(*service));
  if (known == services_.end()) {
    server_.refuse(id_, id, "unknown_service", {});
    return {};
  }
  WorkItem item{.device = id_, .id = id, .service = known->second, .order = *frame, .bytes = bytes};
  item.arrived = server_.loop->now();
  if (message.header.budget_us < kNoBudget) {
    item.deadline = item.arrived + std::chrono::microseconds(message.header.budget_us);
  }
  auto job = std::make_shared<Job>(Job{std::move(*body), std::string(*stream), *frame});
  std::optional<Refusal> refusal;
  {
    const std::lock_guard lock(server_.mutex);
    refusal = server_.queue->offer(item, item.arrived);
    if (!refusal) server_.jobs[id_][id] = std::move(job);
  }
  if (refusal)
    server_.refuse(id_, id, refusal->reason, refusal->retry_after);
  else
    server_.wake.notify_one();
  return {};
}

}  // namespace weir
