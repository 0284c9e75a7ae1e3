// SPDX-License-Identifier: Apache-2.0
#include "bench/net/cloud_run.hpp"

#include <algorithm>
#include <cmath>

#include "bench/cloud/asking.hpp"
#include "bench/net/shaped_networks.hpp"

namespace weir::bench {
namespace {

constexpr double kPerSecond = 40;
constexpr Duration kWakeUp = std::chrono::milliseconds(20);  // that a waiting thread may need to see its outcome

CloudRun count(const std::vector<Asked>& asked, const DispatchCounters& counters) {
  CloudRun all;
  for (const Asked& one : asked) {
    ++all.asked;
    const double took_ms = std::chrono::duration<double, std::milli>(one.took).count();
    all.latest_ms = std::max(all.latest_ms, took_ms);
    if (one.took > CloudRun::kDeadline + kWakeUp) ++all.late;
    if (one.ending != Ending::result) continue;
    ++all.results;
    all.ages_ms.push_back(took_ms);
  }
  all.unaccounted = std::abs(all.asked - static_cast<double>(counters.results + counters.nacks + counters.expired));
  return all;
}

WorkerProcessOptions worker_options(const CloudCase& run) {
  WorkerProcessOptions options;
  options.listen = std::string(run.scheme == Scheme::tls ? "tls://" : "tcp://") + ShapedNetworks::kFar + ":0";
  options.tls = run.tls;
  options.congestion = run.congestion;
  return options;
}

CloudClientOptions client_options(const CloudCase& run, const WorkerProcess& worker) {
  CloudClientOptions options;
  options.workers = {worker.address()};
  options.services = {kWork};
  options.link.tls = run.tls;
  options.link.congestion = run.congestion;
  return options;
}

Result<WorkerProcess> start_far(const ShapedNetworks& networks, const CloudCase& run) {
  const OwnNetwork::Visit visit(networks.far());
  if (!visit.status()) return fail(visit.status().error());
  return WorkerProcess::start(worker_options(run));
}

Result<std::unique_ptr<CloudClient>> create_near(const ShapedNetworks& networks, CloudClientOptions options) {
  const OwnNetwork::Visit visit(networks.near());
  if (!visit.status()) return fail(visit.status().error());
  return CloudClient::create(std::move(options));
}

Result<CloudRun> ask(CloudClient& client, Duration length) {
  if (!client.wait_for_worker(0, std::chrono::seconds(5))) {
    return fail(Code::io, "the worker process cannot be reached: " + client.last_problem());
  }
  Asking asking(client, kPerSecond, CloudRun::kDeadline);
  std::this_thread::sleep_for(length);
  asking.stop();
  return count(asking.asked(), client.traffic().requests);
}

}  // namespace

Result<CloudRun> run_over_tun(const CloudCase& run) {
  auto networks = ShapedNetworks::create({run.network, 2 * run.length + std::chrono::seconds(30)});
  if (!networks) return fail(networks.error());
  const auto worker = start_far(**networks, run);
  if (!worker) return fail(Code::io, worker.error().text);
  auto client = create_near(**networks, client_options(run, *worker));
  if (!client) return fail(client.error());
  auto seen = ask(**client, run.length);
  (*networks)->stop();
  if (seen) seen->lost_packets = static_cast<double>((*networks)->up().lost());
  return seen;
}

Result<CloudRun> run_in_process(const CloudCase& run) {
  const auto worker = WorkerProcess::start(worker_options(run));
  if (!worker) return fail(Code::io, worker.error().text);
  CloudClientOptions options = client_options(run, *worker);
  options.make_loop = [&]() -> Result<std::unique_ptr<LinkLoop>> {
    auto loop = LinkLoop::create();
    if (!loop) return fail(loop.error());
    return make_shaping_loop(std::move(*loop), run.network);
  };
  auto client = CloudClient::create(std::move(options));
  if (!client) return fail(client.error());
  return ask(**client, run.length);
}

}  // namespace weir::bench
