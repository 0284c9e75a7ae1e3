// SPDX-License-Identifier: Apache-2.0
#include "transport/remote/worker_server.hpp"

#include <algorithm>

#include "transport/remote/worker_device.hpp"

namespace weir {

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
  loop->dispatch([this, device, message = std::move(message)]() mutable {
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

std::shared_ptr<WorkerServer::Impl::Job> WorkerServer::Impl::take_job(const WorkItem& item) {
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
