// SPDX-License-Identifier: Apache-2.0
// Messages of 64 KB, 60 a second: a tcp link and the plainest socket program at the same time, half a period apart.
#include <thread>

#include "bench/common/bench_main.hpp"
#include "bench/wire/exchange.hpp"

namespace weir::bench {
namespace {

constexpr std::size_t kWarmUp = 10;  // messages of each run that do not count

void drop_warm_up(std::vector<double>& latencies) {
  latencies.erase(latencies.begin(), latencies.begin() + std::min(kWarmUp, latencies.size()));
}

Status measure(Reporter& reporter) {
  Exchange ours;
  ours.bytes = 64 << 10;
  ours.per_second = 60;
  ours.check = true;
  ours.messages = reporter.brief() ? 40 : 910;
  Exchange plain = ours;
  plain.phase = 0.5 / ours.per_second;
  std::vector<double> extra, p50, plain_p50, p99, plain_p99;
  for (int i = 0; i < (reporter.brief() ? 1 : 3); ++i) {
    Result<Outcome> other = fail(Code::internal, "not run");
    std::thread beside([&] { other = exchange_by_socket(plain); });
    auto link = exchange_by_link(ours);
    beside.join();
    if (!link) return {Code::io, link.error().text};
    if (!other) return other.error();
    drop_warm_up(link->latency_ms);
    drop_warm_up(other->latency_ms);
    p50.push_back(quantile(link->latency_ms, 0.5));
    plain_p50.push_back(quantile(other->latency_ms, 0.5));
    p99.push_back(quantile(link->latency_ms, 0.99));
    plain_p99.push_back(quantile(other->latency_ms, 0.99));
    extra.push_back(p99.back() - plain_p99.back());
  }
  reporter.print("p99_extra_ms", summarise(extra),
                 {{"p99_ms", summarise(p99).value},
                  {"baseline_p99_ms", summarise(plain_p99).value},
                  {"p50_ms", summarise(p50).value},
                  {"baseline_p50_ms", summarise(plain_p50).value}});
  return {};
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) { return weir::bench::bench_main(argc, argv, "wire_small", weir::bench::measure); }
