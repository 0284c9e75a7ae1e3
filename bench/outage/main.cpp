// SPDX-License-Identifier: Apache-2.0
// Twice as many frames as the network carries, and no network at all in the middle.
#include <algorithm>
#include <sstream>

#include "bench/cloud/asking.hpp"
#include "bench/cloud/worker_process.hpp"
#include "bench/common/bench_main.hpp"
#include "transport/shaper/shaping_loop.hpp"

namespace weir::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr double kPerSecond = 40;
constexpr Duration kDeadline = milliseconds(250);
constexpr Duration kWakeUp = milliseconds(20);  // that a waiting thread may need beyond the deadline to see its outcome
constexpr double kMbps = 10;
constexpr Duration kOneWay = milliseconds(20);

/// When the network is there.
struct Plan {
  double before_s, dead_s, after_s;
};

Result<Network> network_of(const Plan& plan) {
  std::ostringstream rows;
  rows << "seconds,mbps\n0," << kMbps << "\n"
       << plan.before_s << ",0\n"
       << plan.before_s + plan.dead_s << "," << kMbps << "\n"
       << plan.before_s + plan.dead_s + 2 * plan.after_s << "," << kMbps << "\n";
  PathState path;
  path.delay = kOneWay;
  auto trace = LinkTrace::parse(rows.str(), "outage", path);
  if (!trace) return fail(trace.error());
  return Network{*trace, *trace};
}

struct Outcomes {
  double asked = 0, results = 0, without_outcome = 0, recovery_s = -1;
  std::vector<double> ages_ms;
};

Outcomes outcomes_of(const std::vector<Asked>& asked, steady_clock::time_point back) {
  Outcomes all;
  for (const Asked& one : asked) {
    ++all.asked;
    if (one.took > kDeadline + kWakeUp) ++all.without_outcome;
    if (one.ending != Ending::result) continue;
    ++all.results;
    all.ages_ms.push_back(std::chrono::duration<double, std::milli>(one.took).count());
    const double since = std::chrono::duration<double>(one.at + one.took - back).count();
    if (since >= 0 && (all.recovery_s < 0 || since < all.recovery_s)) all.recovery_s = since;
  }
  return all;
}

Figure one(double value) { return {value, value, value, 1}; }

Status outage(Reporter& reporter) {
  const Plan plan = reporter.brief() ? Plan{1, 1, 2} : Plan{10, 30, 10};
  auto worker = WorkerProcess::start({});
  if (!worker) return worker.error();
  auto network = network_of(plan);
  if (!network) return network.error();

  CloudClientOptions options;
  options.workers = {worker->address()};
  options.services = {kWork};
  steady_clock::time_point start;  // the trace's times count from the loop's beginning
  options.make_loop = [&]() -> Result<std::unique_ptr<LinkLoop>> {
    auto loop = LinkLoop::create();
    if (!loop) return fail(loop.error());
    start = steady_clock::now() - (*loop)->now().time_since_epoch();
    return make_shaping_loop(std::move(*loop), std::move(*network));
  };
  auto made = CloudClient::create(std::move(options));
  if (!made) return made.error();
  CloudClient& client = **made;
  if (!client.wait_for_worker(0, seconds(5))) {
    return {Code::unavailable, "the worker process cannot be reached: " + client.last_problem()};
  }
  const auto at = [&](double s) {
    return start + std::chrono::duration_cast<Duration>(std::chrono::duration<double>(s));
  };
  const auto back = at(plan.before_s + plan.dead_s);
  Asking asking(client, kPerSecond, kDeadline);
  std::this_thread::sleep_until(back + (at(plan.after_s) - start));
  asking.stop();

  Outcomes all = outcomes_of(asking.asked(), back);
  const DispatchCounters counters = client.traffic().requests;
  const double ended = static_cast<double>(counters.results + counters.nacks + counters.expired);
  const double lost = std::abs(all.asked - ended);
  if (all.recovery_s < 0) all.recovery_s = plan.after_s;  // never
  const double connected_s = plan.before_s + plan.after_s;
  reporter.print("without_outcome", one(all.without_outcome + lost), {{"asked", all.asked}, {"results", all.results}});
  reporter.print("recovery_s", one(all.recovery_s));
  reporter.print("age_p99_ms", one(quantile(all.ages_ms, 0.99)),
                 {{"p50_ms", quantile(all.ages_ms, 0.5)},
                  {"goodput_mbps", all.results * static_cast<double>(Asking::kBytes) * 8e-6 / connected_s}});
  return {};
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  weir::bench::be_worker_if_asked(argc, argv);
  return weir::bench::bench_main(argc, argv, "outage", weir::bench::outage);
}
