// SPDX-License-Identifier: Apache-2.0
// Real TCP through shaped TUN devices: whether they keep what they promise, and how well the in-process shaping loop
// tells what Weir does there.
#include <sys/prctl.h>

#include <algorithm>
#include <csignal>

#include "bench/common/bench_main.hpp"
#include "bench/common/machine.hpp"
#include "bench/net/cloud_run.hpp"
#include "bench/net/raw_tcp.hpp"
#include "bench/wire/certificates.hpp"

namespace weir::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kCongestion = "cubic";
constexpr Duration kOneWay = milliseconds(20);
constexpr double kRawBits = 20e6, kBits = 10e6;
constexpr const char* kTrace = "traces/cellular_us_mahimahi/TMobile-LTE-short_up.csv";

PathState path_of(double bits_per_second) {
  PathState path;
  path.bits_per_second = bits_per_second;
  path.delay = kOneWay;
  return path;
}

Network constant_network(double bits_per_second) {
  const LinkTrace trace(path_of(bits_per_second));
  return {trace, trace};
}

Figure one(double value) { return {value, value, value, 1}; }

Status check_shaper(Reporter& reporter) {
  const bool brief = reporter.brief();
  std::vector<double> shares, mbps, round_trips, p99;
  for (int i = 0; i < (brief ? 1 : 3); ++i) {
    auto networks = ShapedNetworks::create({constant_network(kRawBits), seconds(60)});
    if (!networks) return networks.error();
    auto seen = measure_raw_tcp(**networks, kCongestion, brief ? 5 : 50, brief ? milliseconds(400) : seconds(8));
    if (!seen) return seen.error();
    shares.push_back(seen->bits_per_second / kRawBits);
    mbps.push_back(seen->bits_per_second * 1e-6);
    round_trips.push_back(quantile(seen->round_trips_ms, 0.5));
    p99.push_back(quantile(seen->round_trips_ms, 0.99));
  }
  const double wanted_ms = std::chrono::duration<double, std::milli>(2 * kOneWay).count();
  std::vector<double> extra;
  for (const double ms : round_trips) extra.push_back(ms - wanted_ms);
  reporter.print(
      "goodput", summarise(shares),
      {{"mbps", summarise(mbps).value}, {"baseline_mbps", kRawBits * 1e-6}, {"payload_share", 1448. / 1500}});
  reporter.print("rtt_extra_ms", summarise(extra),
                 {{"p50_ms", summarise(round_trips).value},
                  {"baseline_ms", wanted_ms},
                  {"ratio", summarise(round_trips).value / wanted_ms},
                  {"p99_ms", summarise(p99).value}});
  return {};
}

/// The repetitions of one case, over TUN devices and in the process in turns.
struct Compared {
  std::vector<double> ratio, real, in_process, p50, baseline_p50, p99, baseline_p99, lost_packets;
  double asked = 0, late = 0, late_in_process = 0, unaccounted = 0, latest_ms = 0;
};

Status compare_once(const CloudCase& run, Compared& all) {
  auto real = run_over_tun(run);
  if (!real) return real.error();
  auto in_process = run_in_process(run);
  if (!in_process) return {Code::io, in_process.error().text};
  all.real.push_back(real->answered());
  all.in_process.push_back(in_process->answered());
  all.ratio.push_back(in_process->results > 0 ? real->answered() / in_process->answered() : 0);
  all.p50.push_back(quantile(real->ages_ms, 0.5));
  all.p99.push_back(quantile(real->ages_ms, 0.99));
  all.baseline_p50.push_back(quantile(in_process->ages_ms, 0.5));
  all.baseline_p99.push_back(quantile(in_process->ages_ms, 0.99));
  all.lost_packets.push_back(real->lost_packets);
  all.late += real->late;
  all.late_in_process += in_process->late;
  all.unaccounted += real->unaccounted + in_process->unaccounted;
  all.asked += real->asked + in_process->asked;
  all.latest_ms = std::max({all.latest_ms, real->latest_ms, in_process->latest_ms});
  return {};
}

void print(Reporter& reporter, const std::string& name, Compared& all) {
  reporter.print(name + "_answered", summarise(all.ratio),
                 {{"share", summarise(all.real).value},
                  {"baseline_share", summarise(all.in_process).value},
                  {"lost_packets", summarise(all.lost_packets).value}});
  const double p99 = summarise(all.p99).value, baseline_p99 = summarise(all.baseline_p99).value;
  reporter.print(name + "_age_p99_ms", summarise(all.p99),
                 {{"p50_ms", summarise(all.p50).value},
                  {"baseline_p50_ms", summarise(all.baseline_p50).value},
                  {"baseline_p99_ms", baseline_p99},
                  {"ratio", baseline_p99 > 0 ? p99 / baseline_p99 : 0}});
}

/// Runs one case and prints it; adds to what all cases share.
Status compare(Reporter& reporter, const std::string& name, CloudCase run, int repetitions, Compared& total) {
  if (reporter.brief()) run.length = milliseconds(500);
  Compared all;
  for (int i = 0; i < (reporter.brief() ? 1 : repetitions); ++i) {
    run.network.seed = static_cast<std::uint64_t>(i) + 1;
    if (Status status = compare_once(run, all); !status) return status;
  }
  print(reporter, name, all);
  total.late += all.late;
  total.late_in_process += all.late_in_process;
  total.unaccounted += all.unaccounted;
  total.asked += all.asked;
  total.latest_ms = std::max(total.latest_ms, all.latest_ms);
  return {};
}

Status compare_trace(Reporter& reporter, Compared& total) {
  const std::string file = data_path(kTrace);
  if (file.empty()) {
    const std::string reason = std::string(kTrace) + " is absent from the reference data; set WEIR_DATA";
    note("bench net: " + reason);
    reporter.skip("trace_answered", reason);
    reporter.skip("trace_age_p99_ms", reason);
    return {};
  }
  auto up = LinkTrace::read(file, path_of(kBits));
  if (!up) return up.error();
  return compare(reporter, "trace", {{*up, LinkTrace(path_of(kBits))}, Scheme::tcp, {}, kCongestion, seconds(20)}, 2,
                 total);
}

Status net(Reporter& reporter) {
  if (Status status = check_shaper(reporter); !status) return status;
  Compared total;
  const Network network = constant_network(kBits);
  if (Status status = compare(reporter, "tcp", {network, Scheme::tcp, {}, kCongestion, seconds(10)}, 3, total);
      !status) {
    return status;
  }
  const WorkFolder folder;
  auto tls = make_certificates(folder.path(), ShapedNetworks::kFar);
  if (!tls) return tls.error();
  if (Status status = compare(reporter, "tls", {network, Scheme::tls, *tls, kCongestion, seconds(10)}, 2, total);
      !status) {
    return status;
  }
  if (Status status = compare_trace(reporter, total); !status) return status;
  reporter.print("without_outcome", one(total.late + total.late_in_process + total.unaccounted),
                 {{"asked", total.asked},
                  {"late_over_tun", total.late},
                  {"late_in_process", total.late_in_process},
                  {"unaccounted", total.unaccounted},
                  {"latest_ms", total.latest_ms}});
  return {};
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  weir::bench::be_worker_if_asked(argc, argv);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  return weir::bench::bench_main(argc, argv, "net", weir::bench::net);
}
