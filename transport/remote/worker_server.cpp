// SPDX-License-Identifier: Apache-2.0
#include "transport/remote/worker_server.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>

#include "transport/wire/control.hpp"

namespace weir {
namespace {

/// A request that was taken in, until its answer is sent.
struct Job {
  FrameHeader header;
  BodyReader body;
  std::string stream;
  std::uint64_t frame = 0;
};

constexpr std::uint8_t kControlPriority = 255, kResultPriority = 128;

}  // namespace

struct WorkerServer::Impl {
  class Device;

  WorkerServerOptions options;
  WorkHandler* handler = nullptr;
  std::vector<std::unique_ptr<Listener>> listeners;

  std::mutex mutex;  // guards the queue and the jobs
  std::condition_variable wake, idle;
  std::unique_ptr<WorkQueue> queue;
  std::unordered_map<DeviceId, std::unordered_map<std::uint64_t, std::shared_ptr<Job>>> jobs;
  bool stopping = false;
  WorkerCounters counters;

  std::unordered_map<DeviceId, std::shared_ptr<Device>> devices;  // loop thread only
  DeviceId next_device = 1;
  std::unique_ptr<LinkLoop> loop;
  std::vector<std::thread> threads;

  std::shared_ptr<LinkEvents> accept();
  void gone(DeviceId device);
  void work_loop();
  void answer_expired();
  void run(const WorkItem& item, const std::shared_ptr<Job>& job);
  std::shared_ptr<Job> take_job(const WorkItem& item);
  void reply(DeviceId device, OutMessage message);
  void when_sent(TimePoint until, std::function<void()> then);  ///< all that waits in the links, or it is that time
  void refuse(DeviceId device, std::uint64_t id, std::string_view reason, Duration retry_after, std::string text = {});
  void count(std::uint64_t WorkerCounters::*what, std::uint64_t by = 1) {
    const std::lock_guard lock(mutex);
    counters.*what += by;
  }
};

/// One device's connection.
class WorkerServer::Impl::Device final : public LinkEvents {
 public:
  Device(Impl& server, DeviceId id) : server_(server), id_(id) {}

  void send(OutMessage message) {
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
  bool all_sent() const { return !link_ || link_->queued_bytes() == 0; }

  void on_open(Link& link) override { link_ = &link; }

  void on_message(Link& link, InMessage message) override {
    link_ = &link;
    server_.count(&WorkerCounters::bytes_in, kHeaderBytes + message.body.view.size());
    const Status status = greeted_ ? handle(message) : greet(message);
    if (status) return;
    server_.count(&WorkerCounters::bad_messages);
    if (server_.options.note)
      server_.options.note(link.peer() + ": " + status.error().text + "; closing the connection");
    link.send({.header = {.type = MessageType::goaway, .priority = kControlPriority},
               .body = wire::encode(wire::Goaway{"protocol"})});
    link.close();
  }

  void on_close(Link& link, const Status& why) override {
    if (greeted_ && server_.options.note) {
      server_.options.note(name_ + " (" + link.peer() + ") left" + (why ? "" : ": " + why.error().text));
    }
    link_ = nullptr;
    server_.gone(id_);
  }

 private:
  Status greet(const InMessage& message) {
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

  OutMessage too_large(const OutMessage& message) const {
    const wire::Nack nack{"too_large",
                          {},
                          "the answer has " + std::to_string(message.body->bytes) + " bytes, of which " +
                              std::to_string(max_body_) + " may be sent; raise max_message on both sides"};
    FrameHeader header = message.header;
    header.type = MessageType::nack;
    return {header, wire::encode(nack)};
  }

  wire::ServiceAnswer offer(const wire::Service& wanted) {
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

  Status handle(InMessage& message) {
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

  Status take_work(InMessage& message) {
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
    auto job = std::make_shared<Job>(Job{message.header, std::move(*body), std::string(*stream), *frame});
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

  static constexpr std::uint32_t kNoBudget = 0xFFFFFFFF;

  Impl& server_;
  const DeviceId id_;
  Link* link_ = nullptr;  // the loop keeps it while it is open
  bool greeted_ = false;
  std::uint64_t session_ = 0;  // the device's; answers carry it back
  std::string name_;
  std::size_t max_body_ = SIZE_MAX;
  std::unordered_map<std::string, std::uint32_t> services_;  // as the device calls them
};

std::shared_ptr<LinkEvents> WorkerServer::Impl::accept() {
  if (devices.size() >= options.most_devices) {
    count(&WorkerCounters::refused);
    return nullptr;
  }
  const DeviceId id = next_device++;
  auto device = std::make_shared<Device>(*this, id);
  devices.emplace(id, device);
  count(&WorkerCounters::devices);
  return device;
}

void WorkerServer::Impl::gone(DeviceId device) {
  if (devices.erase(device) == 0) return;
  {
    const std::lock_guard lock(mutex);
    --counters.devices;
    queue->forget(device);
    jobs.erase(device);
  }
  idle.notify_all();
  handler->device_gone(device);
}

void WorkerServer::Impl::reply(DeviceId device, OutMessage message) {
  loop->post([this, device, message = std::move(message)]() mutable {
    const auto found = devices.find(device);
    if (found != devices.end()) found->second->send(std::move(message));
  });
}

void WorkerServer::Impl::when_sent(TimePoint until, std::function<void()> then) {
  const bool all =
      std::all_of(devices.begin(), devices.end(), [](const auto& device) { return device.second->all_sent(); });
  if (all || loop->now() >= until) return then();
  loop->call_at(std::min(until, loop->now() + std::chrono::milliseconds(5)),
                [this, until, then = std::move(then)]() mutable { when_sent(until, std::move(then)); });
}

void WorkerServer::Impl::refuse(DeviceId device, std::uint64_t id, std::string_view reason, Duration retry_after,
                                std::string text) {
  count(&WorkerCounters::refused);
  const wire::Nack nack{std::string(reason), retry_after, std::move(text)};
  reply(device,
        {.header = {.type = MessageType::nack, .priority = kResultPriority, .id = id}, .body = wire::encode(nack)});
}

std::shared_ptr<Job> WorkerServer::Impl::take_job(const WorkItem& item) {
  const auto device = jobs.find(item.device);
  if (device == jobs.end()) return nullptr;
  const auto job = device->second.find(item.id);
  if (job == device->second.end()) return nullptr;
  std::shared_ptr<Job> taken = std::move(job->second);
  device->second.erase(job);
  return taken;
}

void WorkerServer::Impl::answer_expired() {
  for (;;) {
    std::optional<WorkItem> item;
    {
      const std::lock_guard lock(mutex);
      item = queue->expired(loop->now());
      if (item) take_job(*item);
    }
    if (!item) return;
    refuse(item->device, item->id, "expired", {});
  }
}

void WorkerServer::Impl::work_loop() {
  for (;;) {
    std::optional<WorkItem> item;
    std::shared_ptr<Job> job;
    {
      std::unique_lock lock(mutex);
      wake.wait(lock, [&] {
        if (!stopping) item = queue->take(loop->now());
        return stopping || item || queue->waiting() > 0;
      });
      if (stopping) return;
      if (item) job = take_job(*item);
    }
    answer_expired();
    if (!item) continue;
    if (job) run(*item, job);
    {
      const std::lock_guard lock(mutex);
      if (!job) queue->done(*item, {}, loop->now());
    }
    idle.notify_all();
    wake.notify_one();
  }
}

void WorkerServer::Impl::run(const WorkItem& item, const std::shared_ptr<Job>& job) {
  const TimePoint start = loop->now();
  const auto inputs = job->body.root().get("inputs");
  BodyWriter writer;
  Status status;
  if (inputs) {
    const WorkRequest request{.device = item.device,
                              .service = item.service,
                              .stream = job->stream,
                              .frame = job->frame,
                              .remaining = item.deadline == kNever ? Duration::max() : item.deadline - start,
                              .inputs = *inputs,
                              .keeper = job->body.bytes().keeper};
    writer.begin_map(2).key("outputs");
    status = handler->work(request, writer);
  } else {
    status = inputs.error();
  }
  const TimePoint end = loop->now();
  count(status ? &WorkerCounters::results : &WorkerCounters::failed);
  if (status) {
    const auto service = std::chrono::duration_cast<std::chrono::microseconds>(end - item.arrived).count();
    writer.key("service_us").natural(static_cast<std::uint64_t>(std::max<std::int64_t>(0, service)));
    reply(item.device, {.header = {.type = MessageType::result, .priority = kResultPriority, .id = item.id},
                        .body = writer.finish()});
  } else {
    refuse(item.device, item.id, "failed", {}, status.error().text);
  }
  // Only now: who finds the queue idle may take it that all answers are on their way.
  const std::lock_guard lock(mutex);
  queue->done(item, end - start, end);
}

WorkerServer::WorkerServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<WorkerServer>> WorkerServer::start(WorkerServerOptions options, WorkHandler& handler) {
  auto impl = std::make_unique<Impl>();
  auto loop = LinkLoop::create();
  if (!loop) return fail(loop.error());
  impl->loop = std::move(*loop);
  impl->options = std::move(options);
  impl->handler = &handler;
  impl->queue = std::make_unique<WorkQueue>(impl->options.queue);
  auto server = std::unique_ptr<WorkerServer>(new WorkerServer(std::move(impl)));
  Impl& made = *server->impl_;
  for (const Address& address : made.options.listen) {
    auto listener = made.loop->listen(address, made.options.link, [&made] { return made.accept(); });
    if (!listener) return fail(listener.error());
    made.listeners.push_back(std::move(*listener));
  }
  for (int i = 0; i < made.options.queue.parallel; ++i) made.threads.emplace_back([&made] { made.work_loop(); });
  return server;
}

WorkerServer::~WorkerServer() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->wake.notify_all();
  for (std::thread& thread : impl_->threads) thread.join();
  impl_->listeners.clear();
  impl_->loop->stop();
}

std::vector<Address> WorkerServer::addresses() const {
  std::vector<Address> addresses;
  for (const auto& listener : impl_->listeners) addresses.push_back(listener->address());
  return addresses;
}

WorkerCounters WorkerServer::counters() const {
  const std::lock_guard lock(impl_->mutex);
  WorkerCounters counters = impl_->counters;
  counters.waiting = impl_->queue->waiting();
  return counters;
}

void WorkerServer::drain(Duration at_most) {
  Impl& impl = *impl_;
  const TimePoint until = impl.loop->now() + at_most;
  {
    const std::lock_guard lock(impl.mutex);
    impl.queue->drain();
  }
  impl.loop->post([&impl] {
    for (const auto& [id, device] : impl.devices) {
      device->send({.header = {.type = MessageType::drain, .priority = kControlPriority}});
    }
  });
  {
    std::unique_lock lock(impl.mutex);
    impl.idle.wait_for(lock, at_most, [&] { return impl.queue->idle(); });
  }
  // The last answers are posted: what is posted after them sees them in their links.
  std::mutex mutex;
  std::condition_variable done;
  bool over = false;
  impl.loop->post([&] {
    impl.when_sent(until, [&] {
      const std::lock_guard lock(mutex);
      over = true;
      done.notify_all();
    });
  });
  std::unique_lock lock(mutex);
  done.wait(lock, [&] { return over; });
}

}  // namespace weir
