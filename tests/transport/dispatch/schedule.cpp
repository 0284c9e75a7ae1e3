// SPDX-License-Identifier: Apache-2.0
#include "tests/transport/dispatch/schedule.hpp"

#include <algorithm>
#include <map>

namespace weir {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr TimePoint kMended{milliseconds(1000)};  // all faults are over
constexpr TimePoint kJudged{milliseconds(1400)};  // from then on everything must work again
constexpr TimePoint kEnd{milliseconds(1700)};     // of the load

}  // namespace

Schedule::Schedule(std::uint64_t seed) : random_(derive_seed(seed, "schedule")), calm_(random_.uniform() < 0.2) {
  switch (random_.below(3)) {
    case 0:
      way_ = {microseconds(50), microseconds(20), 0};
      break;
    case 1:
      way_ = {microseconds(500), microseconds(300), 100e6};
      break;
    default:
      way_ = {between(milliseconds(5), milliseconds(20)), milliseconds(2), random_.uniform(2.5e6, 12.5e6)};
  }
  worker_.service = between(milliseconds(2), milliseconds(20));
  worker_.spread = random_.uniform(0, 0.3);
  worker_.parallel = 1 + static_cast<int>(random_.below(3));
  worker_.messages = worker_.parallel + static_cast<int>(random_.below(3));
  bytes_ = 1000 + random_.below(way_.bytes_per_second > 50e6 ? 200'000 : 30'000);
  const double sending = way_.bytes_per_second > 0 ? double(bytes_) / way_.bytes_per_second * 1e9 : 0;
  least_ = 2 * way_.delay + Duration(static_cast<Duration::rep>(sending)) + worker_.service;
  budget_ = calm_ ? 4 * least_ + milliseconds(60) : between(least_, 5 * least_ + milliseconds(50));

  DispatchOptions options;
  options.first_service = between(milliseconds(5), milliseconds(40));
  options.attempts = calm_ ? 2 : 1 + static_cast<int>(random_.below(3));
  options.waiting = random_.below(calm_ ? 1 : 4) == 0 ? 64 : random_.below(8);
  const std::size_t devices = 1 + random_.below(2);
  for (std::size_t i = 0; i < devices; ++i) {
    devices_.push_back(std::make_unique<SimulatedDevice>(events_, random_.next(), options, violations_));
    if (random_.below(8) == 0) devices_.back()->set_clock_errors(0.05, milliseconds(50));
  }
  const std::size_t workers = 1 + random_.below(4);
  for (std::size_t i = 0; i < workers; ++i) add_worker();
  for (std::size_t i = 0; i < devices; ++i) add_load(i);
  if (calm_) return;
  for (auto faults = 1 + random_.below(8); faults > 0; --faults) add_fault(TimePoint(between({}, milliseconds(1000))));
  events_.at(kMended, [this] { mend(); });
  if (random_.below(10) == 0) events_.at(kEnd, [this] { devices_[0]->stop(); });
}

Duration Schedule::between(Duration least, Duration most) {
  return least + Duration(static_cast<Duration::rep>(random_.uniform() * double((most - least).count())));
}

void Schedule::add_worker() {
  WorkerTraits traits = worker_;
  if (!calm_) {
    if (random_.below(6) == 0) traits.service *= 10;
    if (random_.below(6) == 0) traits.fails = 0.1;
    if (random_.below(6) == 0) traits.answers_twice = 0.3;
    if (random_.below(8) == 0) traits.ignores_cancel = true;
    if (random_.below(12) == 0 && !workers_.empty()) traits.unknown_service = true;
  }
  workers_.push_back(std::make_unique<SimulatedWorker>(events_, random_.next(), traits));
  connect(*workers_.back());
}

void Schedule::connect(SimulatedWorker& worker) {
  for (auto& device : devices_) device->connect(worker, next_peer_, way_);
  ++next_peer_;
}

void Schedule::add_load(std::size_t device) {
  // Light: all devices together need at most a quarter of the workers' time, of the links' rate, and of the credit.
  double rate = random_.uniform(10, 100);
  if (calm_) {
    const double capacity = double(workers_.size()) * 1e9 / double(worker_.service.count());
    const double link = way_.bytes_per_second > 0 ? way_.bytes_per_second / double(bytes_) : 1e6;
    const double credit = double(workers_.size() * std::size_t(worker_.messages)) * 1e9 / double(least_.count());
    rate = std::min({rate, 0.25 * capacity / double(devices_.size()), 0.25 * link, 0.25 * credit});
  }
  for (double second = calm_ ? 0.2 : 0.0; TimePoint(Duration(static_cast<Duration::rep>(second * 1e9))) < kEnd;
       second += random_.uniform(0.5, 1.5) / rate) {
    events_.at(TimePoint(Duration(static_cast<Duration::rep>(second * 1e9))), [this, device] {
      Request request;
      request.service = 1;
      request.bytes = std::max<std::size_t>(64, random_.below(2 * bytes_));
      request.deadline = events_.now() + budget_;
      request.priority = static_cast<std::uint8_t>(random_.below(20) == 0);
      devices_[device]->submit(request);
    });
  }
}

SimulatedWorker* Schedule::some_worker() { return workers_[random_.below(workers_.size())].get(); }

void Schedule::add_fault(TimePoint when) {
  events_.at(when, [this] {
    switch (random_.below(4)) {
      case 0:
        return add_worker();
      case 1: {
        const auto& all = devices_[random_.below(devices_.size())]->connections();
        if (!all.empty()) fault_connection(*all[random_.below(all.size())]);
        return;
      }
      default:
        return fault_worker(*some_worker());
    }
  });
}

void Schedule::fault_worker(SimulatedWorker& worker) {
  if (!worker.alive()) return;
  switch (random_.below(6)) {
    case 0:
      return worker.kill();
    case 1:
    case 2:
      worker.stop();
      return events_.after(between(milliseconds(1), milliseconds(600)), [&worker] { worker.resume(); });
    case 3:
      return worker.slow_down(10);
    case 4:
      return worker.drain();
    default:
      return worker.grant(static_cast<int>(random_.below(5)), random_.below(100'000));
  }
}

void Schedule::fault_connection(SimulatedConnection& connection) {
  if (!connection.up) return;
  switch (random_.below(3)) {
    case 0:
      connection.device->disconnect(connection);
      return events_.after(between(milliseconds(1), milliseconds(300)), [this, &connection] {
        if (connection.worker->alive()) connection.device->connect(*connection.worker, next_peer_++, way_);
      });
    case 1:
      connection.there.stall();
      if (random_.below(2) == 0) connection.back.stall();
      return events_.after(between(milliseconds(1), milliseconds(600)), [&connection] {
        connection.there.resume();
        connection.back.resume();
      });
    default:
      return connection.there.set_rate(random_.uniform(100e3, 1e6));
  }
}

void Schedule::mend() {
  for (auto& worker : workers_) {
    worker->resume();
    worker->slow_down(1);
    if (worker->alive()) worker->grant(worker->traits().messages, worker->traits().bytes);
  }
  for (auto& device : devices_) {
    for (const auto& connection : device->connections()) {
      connection->there.set_rate(way_.bytes_per_second);
      connection->there.resume();
      connection->back.resume();
    }
  }
  workers_.push_back(std::make_unique<SimulatedWorker>(events_, random_.next(), worker_));
  connect(*workers_.back());
}

void Schedule::run() {
  events_.run_until(kEnd + budget_ + milliseconds(1));
  for (auto& device : devices_) device->check_all_ended();
}

std::string Schedule::text() const {
  std::map<std::string, int> endings;
  for (const auto& device : devices_) {
    for (const Outcome& outcome : device->outcomes()) {
      ++endings[outcome.ending == Ending::result ? "result" : outcome.reason];
    }
  }
  const auto ms = [](Duration time) { return std::to_string(static_cast<double>(time.count()) / 1e6) + " ms"; };
  std::string text = violations_.text();
  for (const auto& [ending, times] : endings) text += ending + ": " + std::to_string(times) + "\n";
  return text + std::to_string(devices_.size()) + " devices, " + std::to_string(workers_.size()) + " workers of " +
         std::to_string(worker_.parallel) + "/" + std::to_string(worker_.messages) + " x " + ms(worker_.service) +
         ", budget " + ms(budget_) + ", way " + ms(way_.delay) + ", " + std::to_string(way_.bytes_per_second / 1e6) +
         " MB/s, " + std::to_string(bytes_) + " bytes";
}

bool Schedule::light() const {
  double requests = 0;
  for (const auto& device : devices_) requests += double(device->outcomes().size());
  const double per_second = requests / std::chrono::duration<double>(kEnd.time_since_epoch()).count();
  const double work = per_second * std::chrono::duration<double>(worker_.service).count() / worker_.parallel;
  const double credit = per_second * std::chrono::duration<double>(least_).count() / worker_.messages;
  return work < 0.5 && credit < 0.5 && budget_ > 3 * least_ + milliseconds(30);
}

Schedule::Counts Schedule::counts() const {
  Counts counts;
  counts.events = events_.events();
  const bool judged = light();
  for (const auto& device : devices_) {
    for (const Outcome& outcome : device->outcomes()) {
      const bool result = outcome.ending == Ending::result;
      ++counts.submitted;
      counts.results += result ? 1 : 0;
      if (!judged || outcome.submitted < kJudged) continue;
      ++counts.after_faults;
      const bool excused = outcome.reason == "error" || outcome.reason == "stopping";
      counts.missed_after_faults += result || excused ? 0 : 1;
    }
  }
  return counts;
}

}  // namespace weir
