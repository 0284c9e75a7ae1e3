// SPDX-License-Identifier: Apache-2.0
#include "bench/elf/radio.hpp"

#include <unistd.h>

#include "pipeline/channel/worker.hpp"
#include "pipeline/launch_file.hpp"
#include "transport/shaper/shaping_loop.hpp"

namespace weir::bench {
namespace {

constexpr Duration kOneWay = std::chrono::milliseconds(1);

/// Workers of one launch file in this process, each on a Unix socket and a thread of its own.
class Workers {
 public:
  static Result<Workers> start(const OffloadPlan& plan, std::size_t count, Registry& registry, Registry* slow) {
    Workers workers;
    for (std::size_t i = 0; i < count; ++i) {
      auto spec = parse_launch(offload_launch(plan), slow != nullptr && i == 0 ? *slow : registry);
      if (!spec) return fail(Code::invalid, format_diagnostics("benchmark", spec.error()));
      static int number = 0;
      WorkerOptions options;
      options.name = "worker-" + std::to_string(i);
      options.listen = {"unix:@weir-bench-elf-" + std::to_string(::getpid()) + "-" + std::to_string(number++)};
      options.graphs.push_back(std::move(*spec));
      auto worker = Worker::start(std::move(options));
      if (!worker) return fail(worker.error());
      workers.addresses.push_back((*worker)->addresses().front());
      workers.running.push_back(std::move(*worker));
    }
    return workers;
  }

  std::vector<std::string> addresses;
  std::vector<std::unique_ptr<Worker>> running;
};

Network radio(double mbps, double slowed) {
  PathState path;
  path.bits_per_second = mbps * 1e6 / slowed;
  path.delay = std::chrono::duration_cast<Duration>(kOneWay * slowed);
  Network network{LinkTrace(path), LinkTrace(path)};
  network.one_path = true;
  return network;
}

}  // namespace

Result<std::map<std::uint64_t, OffloadedFrame>> run_over_radio(OffloadPlan plan, std::size_t workers, double mbps,
                                                               Registry& registry, Registry* slow) {
  auto started = Workers::start(plan, workers, registry, slow);
  if (!started) return fail(started.error());
  plan.workers = started->addresses;
  plan.make_loop = [mbps, slowed = plan.slowed]() -> Result<std::unique_ptr<LinkLoop>> {
    auto loop = LinkLoop::create();
    if (!loop) return fail(loop.error());
    return make_shaping_loop(std::move(*loop), radio(mbps, slowed));
  };
  return run_offloaded(plan, registry);
}

}  // namespace weir::bench
