// SPDX-License-Identifier: Apache-2.0
// One device, three worker processes: one is ten times slow, one is stopped for a while, one is killed.
#include <cmath>
#include <csignal>
#include <memory>
#include <optional>

#include "bench/cloud/asking.hpp"
#include "bench/cloud/worker_process.hpp"
#include "bench/common/bench_main.hpp"

namespace weir::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kServiceMs = 5, kSlowMs = 50;
constexpr double kPerSecond = 100;
constexpr Duration kDeadline = milliseconds(100);
constexpr int kRounds = 5;

double in_ms(Duration value) { return std::chrono::duration<double, std::milli>(value).count(); }

/// How long it takes until the condition holds; nothing when it does not within two seconds.
template <typename Condition>
std::optional<double> ms_until(const Condition& condition) {
  const auto start = steady_clock::now();
  while (!condition()) {
    if (steady_clock::now() - start > std::chrono::seconds(2)) return std::nullopt;
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  return in_ms(steady_clock::now() - start);
}

struct Totals {
  std::vector<double> stop_detect_ms, kill_detect_ms;
  double asked = 0, late = 0, expired = 0, nacks = 0, lost = 0, redispatched = 0, unseen = 0;

  void add(const Asking& asking, const CloudTraffic& traffic) {
    const DispatchCounters& counters = traffic.requests;
    const auto& all = asking.asked();
    asked += static_cast<double>(all.size());
    for (const Asked& one : all) {
      expired += one.ending == Ending::expired ? 1 : 0;
      nacks += one.ending == Ending::nack ? 1 : 0;
      late += one.ending != Ending::result || one.took > kDeadline ? 1 : 0;
    }
    const std::uint64_t ended = counters.results + counters.nacks + counters.expired;
    lost += std::abs(static_cast<double>(all.size()) - static_cast<double>(ended));
    redispatched += static_cast<double>(counters.redispatched);
  }
};

/// The workers of one run. Which of the fast ones gets most of the work is the dispatcher's choice.
struct Fleet {
  std::vector<WorkerProcess> processes;
  std::unique_ptr<CloudClient> client;

  static Result<Fleet> start() {
    Fleet fleet;
    CloudClientOptions options;
    for (const int service_ms : {kServiceMs, kServiceMs, kSlowMs}) {
      WorkerProcessOptions worker;
      worker.service_ms = service_ms;
      auto process = WorkerProcess::start(worker);
      if (!process) return fail(process.error());
      options.workers.push_back(process->address());
      fleet.processes.push_back(std::move(*process));
    }
    options.services = {kWork};
    auto client = CloudClient::create(std::move(options));
    if (!client) return fail(client.error());
    fleet.client = std::move(*client);
    const auto joined = [&] {
      return fleet.state(0).connected && fleet.state(1).connected && fleet.state(2).connected;
    };
    if (ms_until(joined)) return fleet;
    return fail(Code::unavailable, "the worker processes cannot be reached: " + fleet.client->last_problem());
  }

  WorkerState state(std::size_t worker) const { return client->workers()[worker]; }

  /// Of the two fast ones, the one that answered more within this time.
  std::size_t busier(Duration within) const {
    const std::uint64_t first = state(0).results, second = state(1).results;
    std::this_thread::sleep_for(within);
    return state(0).results - first >= state(1).results - second ? 0 : 1;
  }
};

/// Four parts of a run: all well, a busy worker stopped, that one back, the other fast one killed.
Status one_round(Duration part, Totals& totals) {
  auto fleet = Fleet::start();
  if (!fleet) return fleet.error();
  Asking asking(*fleet->client, kPerSecond, kDeadline);
  std::this_thread::sleep_for(part / 2);
  const std::size_t stopped = fleet->busier(part / 2), killed = 1 - stopped;
  const std::uint64_t timeouts = fleet->state(stopped).timeouts;
  fleet->processes[stopped].signal(SIGSTOP);
  const auto seen = ms_until([&] { return fleet->state(stopped).timeouts > timeouts; });
  std::this_thread::sleep_for(part);
  fleet->processes[stopped].signal(SIGCONT);
  std::this_thread::sleep_for(part);
  fleet->processes[killed].signal(SIGKILL);
  const auto dead = ms_until([&] { return !fleet->state(killed).connected; });
  std::this_thread::sleep_for(part);
  asking.stop();
  totals.add(asking, fleet->client->traffic());
  if (seen) totals.stop_detect_ms.push_back(*seen);
  if (dead) totals.kill_detect_ms.push_back(*dead);
  totals.unseen += (seen ? 0 : 1) + (dead ? 0 : 1);
  return {};
}

Figure one(double value) { return {value, value, value, 1}; }

Status fanout(Reporter& reporter) {
  Totals totals;
  const Duration part = reporter.brief() ? milliseconds(400) : milliseconds(2500);
  for (int round = 0; round < (reporter.brief() ? 1 : kRounds); ++round) {
    if (Status status = one_round(part, totals); !status) return status;
  }
  reporter.print("lost", one(totals.lost + totals.unseen),
                 {{"asked", totals.asked}, {"redispatched", totals.redispatched}});
  reporter.print("late_percent", one(100 * totals.late / totals.asked),
                 {{"expired", totals.expired}, {"refused", totals.nacks}});
  reporter.print("stop_detect_ms", summarise(totals.stop_detect_ms));
  reporter.print("kill_detect_ms", summarise(totals.kill_detect_ms));
  return {};
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  weir::bench::be_worker_if_asked(argc, argv);
  return weir::bench::bench_main(argc, argv, "fanout", weir::bench::fanout);
}
