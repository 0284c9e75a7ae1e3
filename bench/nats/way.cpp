// SPDX-License-Identifier: Apache-2.0
#include "bench/nats/way.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include "bench/cloud/asking.hpp"
#include "bench/cloud/worker_process.hpp"
#include "bench/common/figure.hpp"
#include "bench/common/machine.hpp"
#include "bench/wire/pace.hpp"

namespace weir::bench {
namespace {

using Payload = std::shared_ptr<const std::vector<std::uint8_t>>;

constexpr double kPerSecond = 60;
constexpr std::size_t kWarmUp = 30;  // requests that do not count
constexpr int kAskers = 4;
constexpr Duration kBudget = std::chrono::seconds(10);

/// Processor time of device, worker and broker since it was made.
class Meter {
 public:
  Meter(const WorkerProcess& worker, pid_t broker)
      : worker_(worker), broker_(broker), ends_(ends()), between_(between()) {}

  Cost per(std::size_t requests) const {
    const double scale = 1e6 / static_cast<double>(requests);
    return {(ends() - ends_) * scale, (between() - between_) * scale};
  }

 private:
  double ends() const { return cpu_seconds() + cpu_seconds_of(worker_.process()); }
  double between() const { return broker_ > 0 ? cpu_seconds_of(broker_) : 0; }

  const WorkerProcess& worker_;
  const pid_t broker_;
  const double ends_, between_;
};

Status ask(CloudClient& client, const Payload& payload, std::uint64_t order) {
  const CloudAnswer answer = client.ask(0, work_body(order, payload), kBudget, order);
  if (answer.ending == Ending::result) return {};
  return {Code::io, "a request has no answer: " + answer.reason + "; " + client.last_problem()};
}

Status ask_paced(CloudClient& client, const Payload& payload, std::size_t requests, std::vector<double>* latency_ms) {
  Pace pace(kPerSecond, 0);
  for (std::size_t i = 0; i < requests; ++i) {
    const double sent = pace.wait();
    if (Status status = ask(client, payload, i); !status) return status;
    if (latency_ms != nullptr) latency_ms->push_back((wall_seconds() - sent) * 1e3);
  }
  return {};
}

Status ask_fully(CloudClient& client, const Payload& payload, std::size_t requests) {
  std::atomic<std::size_t> next = 0;
  std::vector<Status> ended(kAskers);
  std::vector<std::thread> askers;
  for (Status& status : ended) {
    askers.emplace_back([&] {
      for (std::size_t i = next++; i < requests && status; i = next++) status = ask(client, payload, i);
    });
  }
  for (std::thread& asker : askers) asker.join();
  for (Status& status : ended) {
    if (!status) return status;
  }
  return {};
}

}  // namespace

Result<WayFigures> measure_way(const std::string& listen, const Load& load, pid_t broker) {
  WorkerProcessOptions options;
  options.service_ms = 0;
  options.listen = listen;
  const auto worker = WorkerProcess::start(options);
  if (!worker) return fail(Code::io, worker.error().text);
  CloudClientOptions wanted;
  wanted.workers = {worker->address()};
  wanted.services = {kWork};
  const auto client = CloudClient::create(std::move(wanted));
  if (!client) return fail(client.error());
  if (!(*client)->wait_for_worker(0, std::chrono::seconds(10))) {
    return fail(Code::io, "no worker at " + listen + ": " + (*client)->last_problem());
  }
  const auto payload = std::make_shared<const std::vector<std::uint8_t>>(load.bytes, std::uint8_t{7});
  if (Status status = ask_paced(**client, payload, kWarmUp, nullptr); !status) return fail(status.error());
  WayFigures figures;
  std::vector<double> latency_ms;
  const Meter paced(*worker, broker);
  if (Status status = ask_paced(**client, payload, load.paced, &latency_ms); !status) return fail(status.error());
  figures.paced = paced.per(load.paced);
  figures.p50_ms = quantile(latency_ms, 0.5);
  figures.p99_ms = quantile(latency_ms, 0.99);
  const Meter full(*worker, broker);
  const double start = wall_seconds();
  if (Status status = ask_fully(**client, payload, load.full); !status) return fail(status.error());
  figures.per_second = static_cast<double>(load.full) / (wall_seconds() - start);
  figures.full = full.per(load.full);
  return figures;
}

}  // namespace weir::bench
