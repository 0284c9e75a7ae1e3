// SPDX-License-Identifier: Apache-2.0
#include "transport/remote/cloud_client.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <random>
#include <unordered_map>

#include "kernels/base/random.hpp"
#include "transport/wire/body_reader.hpp"
#include "transport/wire/control.hpp"

namespace weir {
namespace {

/// A worker's word for why it does not offer a service, for people.
std::string explained(const std::string& reason) {
  if (reason == "unknown_service") return "its launch file has no such cloud stage";
  if (reason == "other_fingerprint") return "its stages, their parameters or the contents of their files differ";
  return reason;
}

double in_ms(Duration value) { return std::chrono::duration<double, std::milli>(value).count(); }

/// One question and whoever waits for its answer.
struct Question {
  Request request;
  std::shared_ptr<const Body> body;
  std::mutex mutex;
  std::condition_variable done;
  bool answered = false;
  CloudAnswer answer;

  void finish(CloudAnswer with) {
    {
      const std::lock_guard lock(mutex);
      answer = std::move(with);
      answered = true;
    }
    done.notify_all();
  }
};

}  // namespace

struct CloudClient::Impl final : DispatchActions, std::enable_shared_from_this<CloudClient::Impl> {
  class Worker;

  CloudClientOptions options;
  std::uint64_t session = 0;
  std::unique_ptr<Dispatcher> dispatcher;  // loop thread only, as all below
  std::vector<std::shared_ptr<Worker>> workers;
  std::unordered_map<RequestId, std::shared_ptr<Question>> open;
  InMessage* arriving = nullptr;  // the result that the dispatcher is being told of
  Duration arriving_service{};
  TimePoint armed = kNever;
  bool stopped = false;

  std::atomic<std::uint64_t> next_id{1};
  mutable std::mutex mutex;  // guards what other threads read
  std::condition_variable joined;
  std::vector<std::vector<bool>> offers;  // by worker and service
  std::vector<WorkerState> reports;
  CloudTraffic traffic;
  std::string problem;

  std::unique_ptr<LinkLoop> loop;  // last: its thread ends before what it uses

  void start();
  void ask(const std::shared_ptr<Question>& question, Duration budget);
  void after_event();  ///< arms the timer and publishes the counters
  void note_problem(const std::string& text);

  bool send(PeerId worker, const Request& request, int attempt, Duration budget) override;
  void cancel(PeerId worker, RequestId request) override;
  void ping(PeerId worker, std::uint64_t token) override;
  void finish(const Request& request, const Verdict& verdict) override;
};

/// One worker's connection, opened again whenever it is lost.
class CloudClient::Impl::Worker final : public LinkEvents, public std::enable_shared_from_this<Worker> {
 public:
  Worker(Impl& client, PeerId id, Address address)
      : client_(client),
        id_(id),
        address_(std::move(address)),
        random_(derive_seed(client.options.seed, address_.text())) {
    retry_ = client.options.first_retry;
  }

  void connect() { link_ = client_.loop->connect(address_, client_.options.link, shared_from_this()); }
  void close() {
    if (link_) link_->close();
  }
  bool is_up() const { return up_; }

  bool send(OutMessage message) {
    if (!link_) return false;
    message.header.session = client_.session;
    const std::size_t bytes = kHeaderBytes + (message.body ? message.body->bytes : 0);
    if (!link_->send(std::move(message))) return false;
    const std::lock_guard lock(client_.mutex);
    client_.traffic.bytes_up += bytes;
    return true;
  }
  bool withdraw(RequestId id) { return link_ && link_->withdraw(MessageType::work, id); }

  void on_open(Link&) override {
    wire::Hello hello;
    hello.name = client_.options.name;
    hello.services = client_.options.services;
    hello.max_body = client_.options.link.max_body;
    send({.header = {.type = MessageType::hello}, .body = wire::encode(hello)});
  }

  void on_message(Link& link, InMessage message) override {
    const TimePoint now = client_.loop->now();
    {
      const std::lock_guard lock(client_.mutex);
      client_.traffic.bytes_down += kHeaderBytes + message.body.view.size();
    }
    if (!up_) {
      if (Status status = greet(message, now); !status) {
        client_.note_problem(link.peer() + ": " + status.error().text);
        link.close();
      }
      client_.after_event();
      return;
    }
    client_.dispatcher->heard(id_, now);
    handle(message, now);
    client_.after_event();
  }

  void on_room(Link&) override {
    if (!up_) return;
    client_.dispatcher->room(id_, client_.loop->now());
    client_.after_event();
  }

  void on_close(Link&, const Status& why) override {
    link_.reset();
    const bool was_up = std::exchange(up_, false);
    if (client_.stopped) return;
    if (!why) client_.note_problem(address_.text() + ": " + why.error().text);
    {
      const std::lock_guard lock(client_.mutex);
      client_.reports[id_].connected = false;
      client_.offers[id_].assign(client_.options.services.size(), false);
    }
    if (was_up) {
      if (client_.options.warn) {
        client_.options.warn("lost worker " + address_.text() + (why ? "" : ": " + why.error().text) +
                             "; trying again");
      }
      client_.dispatcher->peer_down(id_, client_.loop->now());
      retry_ = client_.options.first_retry;
    }
    // Up to half as long again: many devices should not come back in the same moment.
    const auto wait =
        Duration(static_cast<std::int64_t>(static_cast<double>(retry_.count()) * random_.uniform(1.0, 1.5)));
    retry_ = std::min(2 * retry_, client_.options.last_retry);
    client_.loop->call_at(client_.loop->now() + wait, [self = shared_from_this()] {
      if (!self->client_.stopped) self->connect();
    });
    client_.after_event();
  }

 private:
  Status greet(const InMessage& message, TimePoint now) {
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
    facts.messages = static_cast<int>(std::clamp<std::uint32_t>(ack->messages, 1, 1024));
    facts.bytes = ack->bytes;
    facts.parallel = static_cast<int>(std::clamp<std::uint32_t>(ack->parallel, 1, 1024));
    std::vector<bool> offered(client_.options.services.size(), false);
    for (std::size_t i = 0; i < client_.options.services.size(); ++i) {
      const wire::Service& wanted = client_.options.services[i];
      const auto found = std::find_if(ack->services.begin(), ack->services.end(),
                                      [&](const wire::ServiceAnswer& service) { return service.name == wanted.name; });
      offered[i] = found != ack->services.end() && found->offered;
      if (offered[i]) facts.services.push_back(static_cast<std::uint32_t>(i));
      if (offered[i]) continue;
      client_.note_problem(address_.text() + " does not offer " + wanted.name +
                           (found == ack->services.end() ? "" : ": " + explained(found->reason)));
    }
    up_ = true;
    client_.dispatcher->peer_up(id_, facts, now);
    {
      const std::lock_guard lock(client_.mutex);
      client_.reports[id_].name = ack->name;
      client_.reports[id_].connected = true;
      client_.offers[id_] = std::move(offered);
    }
    client_.joined.notify_all();
    return {};
  }

  void handle(InMessage& message, TimePoint now) {
    Dispatcher& dispatcher = *client_.dispatcher;
    const FrameHeader& header = message.header;
    switch (header.type) {
      case MessageType::result: {
        client_.arriving = &message;
        client_.arriving_service = service_time(message);
        dispatcher.result(id_, header.id, client_.arriving_service, now);
        client_.arriving = nullptr;
        break;
      }
      case MessageType::nack: {
        const auto nack = wire::decode_nack(message.body);
        dispatcher.nack(id_, header.id, nack ? std::string_view(nack->reason) : "refused",
                        nack ? nack->retry_after : Duration(0), now);
        if (nack && !nack->text.empty()) client_.note_problem(address_.text() + ": " + nack->text);
        break;
      }
      case MessageType::credit:
        if (const auto credit = wire::decode_credit(message.body)) {
          dispatcher.credit(id_, static_cast<int>(std::min<std::uint32_t>(credit->messages, 1024)), credit->bytes, now);
        }
        break;
      case MessageType::pong:
        dispatcher.pong(id_, header.id, now);
        break;
      case MessageType::ping:
        send({.header = {.type = MessageType::pong, .priority = 255, .id = header.id}});
        break;
      case MessageType::drain:
      case MessageType::goaway:
        dispatcher.draining(id_, now);
        break;
      default:
        break;
    }
  }

  /// As the worker tells it; nothing where its body cannot be read, which the reader of the answer will find out.
  static Duration service_time(const InMessage& message) {
    const auto body = BodyReader::read(message.body);
    if (!body) return {};
    const auto time = body->root().get("service_us").and_then([](const BodyValue& value) { return value.natural(); });
    constexpr std::uint64_t kMost = 60'000'000;
    return time ? std::chrono::microseconds(std::min(*time, kMost)) : Duration(0);
  }

  Impl& client_;
  const PeerId id_;
  const Address address_;
  Random random_;
  Duration retry_{};
  std::shared_ptr<Link> link_;
  bool up_ = false;
};

void CloudClient::Impl::start() {
  dispatcher = std::make_unique<Dispatcher>(options.dispatch, *this);
  for (std::size_t i = 0; i < options.workers.size(); ++i) {
    workers.push_back(std::make_shared<Worker>(*this, static_cast<PeerId>(i), options.workers[i]));
    workers.back()->connect();
  }
}

void CloudClient::Impl::ask(const std::shared_ptr<Question>& question, Duration budget) {
  const TimePoint now = loop->now();
  question->request.deadline = budget == Duration::max() ? kNever : now + budget;
  if (stopped) {
    question->finish({.ending = Ending::nack, .reason = "stopped"});
    return;
  }
  open.emplace(question->request.id, question);
  dispatcher->submit(question->request, now);
  after_event();
}

void CloudClient::Impl::after_event() {
  const TimePoint next = dispatcher->next_event();
  if (next < armed) {
    armed = next;
    loop->call_at(next, [self = shared_from_this(), next] {
      if (self->armed == next) self->armed = kNever;
      if (self->stopped) return;
      self->dispatcher->tick(self->loop->now());
      self->after_event();
    });
  }
  const std::vector<PeerView> views = dispatcher->peers();
  const std::lock_guard lock(mutex);
  traffic.requests = dispatcher->counters();
  for (const PeerView& view : views) {
    for (WorkerState& report : reports) {
      if (!report.connected || report.name != view.name) continue;
      report.results = view.results;
      report.nacks = view.nacks;
      report.timeouts = view.timeouts;
      report.service_ms = in_ms(view.service);
      report.round_trip_ms = in_ms(view.round_trip);
    }
  }
}

void CloudClient::Impl::note_problem(const std::string& text) {
  const std::lock_guard lock(mutex);
  problem = text;
}

bool CloudClient::Impl::send(PeerId worker, const Request& request, int attempt, Duration budget) {
  const auto question = open.find(request.id);
  if (question == open.end()) return false;
  OutMessage message;
  message.header.type = MessageType::work;
  message.header.id = request.id;
  message.header.priority = request.priority;
  message.header.attempt = static_cast<std::uint8_t>(std::min(attempt, 255));
  message.header.budget_us = to_budget_us(budget);
  message.body = question->second->body;
  return workers[worker]->send(std::move(message));
}

void CloudClient::Impl::cancel(PeerId worker, RequestId request) {
  if (workers[worker]->withdraw(request)) return;
  workers[worker]->send({.header = {.type = MessageType::cancel, .priority = 254, .id = request}});
}

void CloudClient::Impl::ping(PeerId worker, std::uint64_t token) {
  workers[worker]->send({.header = {.type = MessageType::ping, .priority = 255, .id = token}});
}

void CloudClient::Impl::finish(const Request& request, const Verdict& verdict) {
  const auto found = open.find(request.id);
  if (found == open.end()) return;
  const std::shared_ptr<Question> question = std::move(found->second);
  open.erase(found);
  CloudAnswer answer{.ending = verdict.ending, .reason = std::string(verdict.reason)};
  if (verdict.ending == Ending::result && arriving) {
    answer.worker = static_cast<int>(verdict.worker);
    answer.service = arriving_service;
    answer.message = std::move(*arriving);
  }
  question->finish(std::move(answer));
}

CloudClient::CloudClient(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<CloudClient>> CloudClient::create(CloudClientOptions options) {
  auto impl = std::make_shared<Impl>();
  auto loop = LinkLoop::create();
  if (!loop) return fail(loop.error());
  impl->options = std::move(options);
  impl->offers.assign(impl->options.workers.size(), std::vector<bool>(impl->options.services.size(), false));
  for (const Address& worker : impl->options.workers) {
    impl->reports.emplace_back();
    impl->reports.back().address = worker.text();
  }
  // Names this life of the device for ever, so it must not come from the run's seed.
  std::random_device entropy;
  impl->session = (std::uint64_t{entropy()} << 32) | entropy();
  impl->loop = std::move(*loop);
  impl->loop->post([impl] { impl->start(); });
  return std::unique_ptr<CloudClient>(new CloudClient(std::move(impl)));
}

CloudClient::~CloudClient() {
  stop();
  impl_->loop.reset();
}

CloudAnswer CloudClient::ask(std::uint32_t service, std::shared_ptr<const Body> body, Duration budget,
                             std::uint64_t order) {
  const auto question = std::make_shared<Question>();
  question->request.id = impl_->next_id.fetch_add(1);
  question->request.service = service;
  question->request.order = order;
  question->request.bytes = body->bytes;
  question->body = std::move(body);
  impl_->loop->post([impl = impl_, question, budget] { impl->ask(question, budget); });
  std::unique_lock lock(question->mutex);
  question->done.wait(lock, [&] { return question->answered; });
  return std::move(question->answer);
}

bool CloudClient::wait_for_worker(std::uint32_t service, Duration at_most) {
  std::unique_lock lock(impl_->mutex);
  return impl_->joined.wait_for(lock, at_most, [&] {
    return std::any_of(impl_->offers.begin(), impl_->offers.end(),
                       [&](const std::vector<bool>& worker) { return service < worker.size() && worker[service]; });
  });
}

std::string CloudClient::last_problem() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->problem;
}

void CloudClient::stop() {
  std::mutex mutex;
  std::condition_variable done;
  bool over = false;
  impl_->loop->post([&, impl = impl_] {
    if (!impl->stopped && impl->dispatcher) {
      impl->dispatcher->stop("stopped", impl->loop->now());
      impl->stopped = true;
      for (const auto& worker : impl->workers) worker->close();
    }
    impl->stopped = true;
    const std::lock_guard lock(mutex);
    over = true;
    done.notify_all();
  });
  std::unique_lock lock(mutex);
  done.wait(lock, [&] { return over; });
}

std::vector<WorkerState> CloudClient::workers() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->reports;
}

CloudTraffic CloudClient::traffic() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->traffic;
}

}  // namespace weir
