// SPDX-License-Identifier: Apache-2.0
// The same requests of a device to a worker process through a NATS server and directly over tcp, in turns.
#include <vector>

#include "bench/cloud/worker_process.hpp"
#include "bench/common/bench_main.hpp"
#include "bench/nats/nats_server.hpp"
#include "bench/nats/way.hpp"

namespace weir::bench {
namespace {

/// One quantity over the rounds.
struct Compared {
  std::vector<double> nats, tcp, ratio;

  void add(double through_nats, double directly) {
    nats.push_back(through_nats);
    tcp.push_back(directly);
    ratio.push_back(through_nats / directly);
  }
  Also also(const std::string& name) const {
    return {{"baseline_" + name, summarise(tcp).value}, {"ratio", summarise(ratio).value}};
  }
};

/// All rounds with requests of one size.
struct Rounds {
  Compared p50_ms, p99_ms, cpu_us, paced_cpu_us, per_second;
  std::vector<double> broker_us, paced_broker_us;

  void add(const WayFigures& nats, const WayFigures& tcp) {
    p50_ms.add(nats.p50_ms, tcp.p50_ms);
    p99_ms.add(nats.p99_ms, tcp.p99_ms);
    cpu_us.add(nats.full.ends_us, tcp.full.ends_us);
    paced_cpu_us.add(nats.paced.ends_us, tcp.paced.ends_us);
    per_second.add(nats.per_second, tcp.per_second);
    broker_us.push_back(nats.full.broker_us);
    paced_broker_us.push_back(nats.paced.broker_us);
  }
};

/// Adds a quantity to what explains a figure, each name with `tail` behind it.
void explain(Also& also, const std::string& name, const std::string& tail, const Compared& compared) {
  also.emplace_back(name + tail, summarise(compared.nats).value);
  also.emplace_back("baseline_" + name + tail, summarise(compared.tcp).value);
  also.emplace_back("ratio_" + name + tail, summarise(compared.ratio).value);
}

class Turns {
 public:
  explicit Turns(const NatsServer& server) : server_(server) {}

  /// One round: directly and through the server; who comes first changes from round to round.
  Status add(const Load& load, Rounds& rounds) {
    const bool nats_first = ++turn_ % 2 == 0;
    Result<WayFigures> nats = fail(Code::internal, "not run");
    if (nats_first) nats = through_nats(load);
    const auto tcp = measure_way("tcp://127.0.0.1:0", load, 0);
    if (!nats_first) nats = through_nats(load);
    if (!nats) return nats.error();
    if (!tcp) return tcp.error();
    rounds.add(*nats, *tcp);
    return {};
  }

 private:
  // A name is free again only when the server has seen its worker go.
  Result<WayFigures> through_nats(const Load& load) const {
    return measure_way(server_.address("worker-" + std::to_string(turn_)), load, server_.process());
  }

  const NatsServer& server_;
  int turn_ = 0;
};

void report(Reporter& reporter, const Rounds& small, const Rounds& large) {
  const auto print = [&](const char* name, Compared Rounds::*what) {
    Also also = (small.*what).also(name);
    explain(also, name, "_256kb", large.*what);
    reporter.print(name, summarise((small.*what).nats), also);
  };
  print("p50_ms", &Rounds::p50_ms);
  print("p99_ms", &Rounds::p99_ms);
  Also cpu = small.cpu_us.also("cpu_us");
  explain(cpu, "paced_cpu_us", "", small.paced_cpu_us);
  explain(cpu, "per_s", "", small.per_second);
  explain(cpu, "cpu_us", "_256kb", large.cpu_us);
  explain(cpu, "paced_cpu_us", "_256kb", large.paced_cpu_us);
  explain(cpu, "per_s", "_256kb", large.per_second);
  reporter.print("cpu_us", summarise(small.cpu_us.nats), cpu);
  reporter.print("broker_cpu_us", summarise(small.broker_us),
                 {{"paced_broker_cpu_us", summarise(small.paced_broker_us).value},
                  {"broker_cpu_us_256kb", summarise(large.broker_us).value},
                  {"paced_broker_cpu_us_256kb", summarise(large.paced_broker_us).value}});
}

Status measure(Reporter& reporter) {
  const auto server = NatsServer::start();
  if (!server) return server.error();
  Load small, large;
  large.bytes = std::size_t{256} << 10;
  large.full = 3000;
  if (reporter.brief()) small.paced = small.full = large.paced = large.full = 20;
  Rounds of_small, of_large;
  Turns turns(*server);
  for (int i = 0; i < (reporter.brief() ? 1 : 5); ++i) {
    if (Status status = turns.add(small, of_small); !status) return status;
    if (Status status = turns.add(large, of_large); !status) return status;
  }
  report(reporter, of_small, of_large);
  return {};
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  weir::bench::be_worker_if_asked(argc, argv);
  return weir::bench::bench_main(argc, argv, "nats", weir::bench::measure);
}
