// SPDX-License-Identifier: Apache-2.0
// 1,000 devices on one worker process: what each costs while it is idle.
#include "bench/cloud/worker_process.hpp"
#include "bench/common/bench_main.hpp"
#include "bench/common/machine.hpp"
#include "bench/many/crowd.hpp"
#include "bench/wire/certificates.hpp"

namespace weir::bench {
namespace {

constexpr int kDevices = 1000, kBriefDevices = 50;
constexpr int kFirst = 20;  // that join before the baseline is taken, so that pools and caches are warm
constexpr int kRounds = 3;

struct Cost {
  std::vector<double> idle_kb, threads, join_s;
};

Status measure(int devices, const WorkerProcessOptions& options, Cost& cost) {
  auto worker = WorkerProcess::start(options);
  if (!worker) return worker.error();
  LinkOptions link;
  link.tls = options.tls;
  link.connect_timeout = std::chrono::seconds(30);
  auto crowd = Crowd::create(worker->address(), link);
  if (!crowd) return crowd.error();
  const int threads = worker->threads();
  if (Status status = (*crowd)->join(kFirst); !status) return status;
  const double before = static_cast<double>(worker->resident_bytes());
  const double start = wall_seconds();
  if (Status status = (*crowd)->join(devices); !status) return status;
  cost.join_s.push_back(wall_seconds() - start);
  cost.idle_kb.push_back((static_cast<double>(worker->resident_bytes()) - before) / 1024 / devices);
  cost.threads.push_back(worker->threads() - threads);
  return {};
}

Status many(Reporter& reporter) {
  allow_many_files();
  const int devices = reporter.brief() ? kBriefDevices : kDevices;
  const int rounds = reporter.brief() ? 1 : kRounds;
  Cost tcp, tls;
  for (int i = 0; i < rounds; ++i) {
    if (Status status = measure(devices, {.service_ms = 0}, tcp); !status) return status;
  }
  reporter.print("idle_kb_tcp", summarise(tcp.idle_kb), {{"join_s", summarise(tcp.join_s).value}});
  reporter.print("threads", summarise(tcp.threads), {{"devices", static_cast<double>(devices)}});

  const WorkFolder folder;
  auto certificates = make_certificates(folder.path());
  if (!certificates) return certificates.error();
  const WorkerProcessOptions secure{.service_ms = 0, .listen = "tls://127.0.0.1:0", .tls = *certificates};
  for (int i = 0; i < rounds; ++i) {
    if (Status status = measure(devices, secure, tls); !status) return status;
  }
  reporter.print("idle_kb_tls", summarise(tls.idle_kb), {{"join_s", summarise(tls.join_s).value}});
  return {};
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) {
  weir::bench::be_worker_if_asked(argc, argv);
  return weir::bench::bench_main(argc, argv, "many", weir::bench::many);
}
