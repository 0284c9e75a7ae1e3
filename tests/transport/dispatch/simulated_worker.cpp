// SPDX-License-Identifier: Apache-2.0
#include "tests/transport/dispatch/simulated_worker.hpp"

#include <algorithm>
#include <utility>

#include "tests/transport/dispatch/simulated_device.hpp"

namespace weir {
namespace {

constexpr std::size_t kControlBytes = 64, kResultBytes = 2048;

}  // namespace

SimulatedWorker::SimulatedWorker(EventQueue& events, std::uint64_t seed, const WorkerTraits& traits)
    : events_(events), random_(seed), traits_(traits), queue_({.parallel = traits.parallel}) {}

void SimulatedWorker::attach(SimulatedConnection& connection) { connections_.push_back(&connection); }

void SimulatedWorker::detach(SimulatedConnection& connection) {
  std::erase(connections_, &connection);
  queue_.forget(connection.device_id);
}

SimulatedConnection* SimulatedWorker::connection(DeviceId device) {
  for (SimulatedConnection* one : connections_) {
    if (one->device_id == device) return one;
  }
  return nullptr;
}

template <typename Event>
void SimulatedWorker::handle(Event event) {
  if (!alive_) return;
  if (stopped_) {
    inbox_.push_back(event);
  } else {
    event();
  }
}

void SimulatedWorker::work(SimulatedConnection& connection, const Request& request, Duration budget) {
  handle([this, &connection, request, budget] {
    const TimePoint now = events_.now();
    if (traits_.unknown_service) return refuse(connection.device_id, request.id, "unknown_service", {});
    WorkItem item{connection.device_id, request.id, request.service, request.order, request.bytes, now + budget, now};
    if (const auto refusal = queue_.offer(item, now)) {
      return refuse(item.device, item.id, std::string(refusal->reason), refusal->retry_after);
    }
    run_next();
    most_held_ = std::max(most_held_, queue_.waiting() + jobs_.size());
  });
}

void SimulatedWorker::cancel(SimulatedConnection& connection, RequestId id) {
  handle([this, &connection, id] {
    const bool gone = queue_.cancel(connection.device_id, id);
    if (gone && !traits_.ignores_cancel) refuse(connection.device_id, id, "cancelled", {});
    run_next();
  });
}

void SimulatedWorker::ping(SimulatedConnection& connection, std::uint64_t token) {
  handle([&connection, token] {
    connection.back.send(kControlBytes, [&connection, token] { connection.device->pong(connection, token); });
  });
}

void SimulatedWorker::refuse(DeviceId device, std::uint64_t id, std::string reason, Duration retry_after) {
  SimulatedConnection* to = connection(device);
  if (to == nullptr) return;
  to->back.send(kControlBytes,
                [to, id, reason = std::move(reason), retry_after] { to->device->nack(*to, id, reason, retry_after); });
}

void SimulatedWorker::run_next() {
  while (const auto item = queue_.take(events_.now())) {
    const double share = 1 + random_.uniform(-traits_.spread, traits_.spread);
    const auto time = static_cast<double>(traits_.service.count()) * share * factor_;
    jobs_.push_back({*item, Duration(static_cast<Duration::rep>(time)), {}, events_.now(), started_++});
    go_on(jobs_.back());
  }
  while (const auto item = queue_.expired(events_.now())) refuse(item->device, item->id, "expired", {});
}

void SimulatedWorker::go_on(Job& job) {
  job.since = events_.now();
  events_.after(job.left, [this, number = job.number] { finish(number); });
}

void SimulatedWorker::finish(std::uint64_t number) {
  const auto job = std::find_if(jobs_.begin(), jobs_.end(), [&](const Job& one) { return one.number == number; });
  const TimePoint now = events_.now();
  if (!alive_ || stopped_ || job == jobs_.end() || job->since + job->left > now) return;
  const WorkItem item = job->item;
  const Duration ran = job->ran + (now - job->since);
  jobs_.erase(job);
  ++ran_;
  queue_.done(item, ran, now);
  if (random_.uniform() < traits_.fails) {
    refuse(item.device, item.id, "error", {});
  } else if (SimulatedConnection* to = connection(item.device)) {
    const int times = random_.uniform() < traits_.answers_twice ? 2 : 1;
    for (int i = 0; i < times; ++i) {
      to->back.send(kResultBytes,
                    [to, id = item.id, service = now - item.arrived] { to->device->result(*to, id, service); });
    }
  }
  run_next();
}

void SimulatedWorker::stop() {
  if (!alive_ || stopped_) return;
  stopped_ = true;
  for (Job& job : jobs_) {
    job.left = std::max(job.left - (events_.now() - job.since), Duration{});
    job.ran += events_.now() - job.since;
  }
}

void SimulatedWorker::resume() {
  if (!alive_ || !stopped_) return;
  stopped_ = false;
  for (Job& job : jobs_) go_on(job);
  for (const auto& event : std::exchange(inbox_, {})) event();
}

void SimulatedWorker::grant(int messages, std::size_t bytes) {
  handle([this, messages, bytes] {
    for (SimulatedConnection* to : connections_) {
      to->back.send(kControlBytes, [to, messages, bytes] { to->device->credit(*to, messages, bytes); });
    }
  });
}

void SimulatedWorker::drain() {
  handle([this] {
    draining_ = true;
    queue_.drain();
    for (SimulatedConnection* to : connections_) {
      to->back.send(kControlBytes, [to] { to->device->draining(*to); });
    }
  });
}

void SimulatedWorker::kill() {
  alive_ = false;
  inbox_.clear();
  for (SimulatedConnection* one : std::exchange(connections_, {})) {
    one->there.cut();
    one->back.cut();
    one->device->closed(*one);
  }
}

}  // namespace weir
