// SPDX-License-Identifier: Apache-2.0
// Throughput of a KITTI recording through YOLOX-Nano in the graph, against a bare loop of the same calls.
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "bench/common/bench_main.hpp"
#include "bench/common/graph_run.hpp"
#include "bench/common/machine.hpp"
#include "bench/detection/answers.hpp"
#include "bench/detection/bare_loop.hpp"
#include "stages/register.hpp"

namespace weir::bench {
namespace {

/// Time for the whole recording, and what was found in it.
struct Pass {
  double seconds = 0;
  double cpu = 0;
  std::uint64_t boxes = 0;
};

class Contest {
 public:
  Status open(int threads, std::size_t frames) {
    auto data = find_detection_data();
    if (!data) return data.error();
    data_ = *std::move(data);
    if (frames < data_.images.size()) data_.images.resize(frames);
    threads_ = threads;
    if (Status status = register_builtin_stages(registry_); !status) return status;
    return add_answers_stage(registry_);
  }

  std::size_t frames() const { return data_.images.size(); }

  /// As the graph does, the loop loads the model anew, which is not in the time.
  Result<Pass> bare() {
    auto created = BareLoop::create(data_);
    if (!created) return fail(created.error());
    BareLoop& loop = **created;
    Pass pass;
    const double start = wall_seconds();
    const double cpu = cpu_seconds();
    for (const std::string& image : data_.images) {
      if (Status status = loop.decode(image); !status) return fail(status.error());
      if (Status status = loop.detect(); !status) return fail(status.error());
      pass.boxes += loop.boxes().size();
    }
    pass.seconds = wall_seconds() - start;
    pass.cpu = cpu_seconds() - cpu;
    return pass;
  }

  Result<Pass> graph() {
    Answers answers;
    answers.latency_ms.reserve(data_.images.size());
    use_answers(answers);
    RunOptions options;
    options.frames = data_.images.size();
    const auto run =
        run_graph(detection_launch(data_, threads_) + "  end: {use: bench.answers, in: detect}\n", registry_, options);
    if (!run) return fail(run.error());
    return Pass{run->report.seconds, run->cpu_seconds, answers.boxes};
  }

 private:
  DetectionData data_;
  int threads_ = 1;
  Registry registry_;
};

Status measure(Reporter& reporter, const char* metric, int threads) {
  Contest contest;
  if (Status status = contest.open(threads, reporter.brief() ? 4 : 1000); !status) return status;
  const int repetitions = reporter.brief() ? 1 : 7;
  const auto frames = static_cast<double>(contest.frames());
  std::vector<double> ratios, cpu_ratios, bare_fps, graph_fps, bare_cores, graph_cores;
  for (int i = -1; i < repetitions; ++i) {
    const auto bare = contest.bare();
    if (!bare) return bare.error();
    const auto graph = contest.graph();
    if (!graph) return graph.error();
    if (bare->boxes != graph->boxes) {
      return {Code::internal, "the bare loop found " + std::to_string(bare->boxes) + " boxes and the graph " +
                                  std::to_string(graph->boxes) + "; they do not do the same work"};
    }
    if (i < 0) continue;  // both have warmed up
    ratios.push_back(bare->seconds / graph->seconds);
    cpu_ratios.push_back(bare->cpu / graph->cpu);
    bare_cores.push_back(bare->cpu / bare->seconds);
    graph_cores.push_back(graph->cpu / graph->seconds);
    bare_fps.push_back(frames / bare->seconds);
    graph_fps.push_back(frames / graph->seconds);
  }
  reporter.print(metric, summarise(ratios),
                 {{"baseline_fps", summarise(bare_fps).value},
                  {"fps", summarise(graph_fps).value},
                  {"cpu_time_ratio", summarise(cpu_ratios).value},
                  {"baseline_cores", summarise(bare_cores).value},
                  {"cores", summarise(graph_cores).value}});
  return {};
}

/// Runs `work` in a process of its own: an inference library keeps to the cores it saw first.
Status in_child(Status (*work)(Reporter&), Reporter& reporter) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0) return {Code::internal, std::string("fork: ") + std::strerror(errno)};
  if (child == 0) {
    const Status status = work(reporter);
    if (!status) note("bench overhead: " + status.error().text);
    std::fflush(nullptr);
    _exit(status ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return {Code::internal, "a measuring process failed; see above"};
}

// Both ways are held to one core, so that the threads of the graph's source cannot help it.
Status one_core(Reporter& reporter) {
  if (!use_one_core()) return {Code::internal, "cannot hold the process to one core"};
  return measure(reporter, "throughput", 1);
}

Status two_cores(Reporter& reporter) { return measure(reporter, "throughput_2core", 2); }

Status run(Reporter& reporter) {
  if (const auto data = find_detection_data(); !data) return data.error();
  if (Status status = in_child(one_core, reporter); !status) return status;
  if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
    reporter.skip("throughput_2core", "this machine has one core");
    return {};
  }
  return in_child(two_cores, reporter);
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) { return weir::bench::bench_main(argc, argv, "overhead", weir::bench::run); }
