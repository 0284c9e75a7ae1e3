// SPDX-License-Identifier: Apache-2.0
// Frame in to answer out at 10 frames a second: the detection graph against a bare loop of the same calls, both paced.
#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "bench/common/bench_main.hpp"
#include "bench/common/graph_run.hpp"
#include "bench/detection/answers.hpp"
#include "bench/detection/bare_loop.hpp"
#include "stages/register.hpp"

namespace weir::bench {
namespace {

constexpr std::chrono::milliseconds kPeriod{100};
constexpr double kUnansweredMs = 1000;
constexpr std::size_t kWarmUp = 5;  // frames at the start of each run that do not count

void drop_warm_up(std::vector<double>& latencies) {
  latencies.erase(latencies.begin(), latencies.begin() + std::min(kWarmUp, latencies.size()));
}

/// As the graph's source does it: a frame is ready before its time comes, and its clock starts then.
Result<std::vector<double>> run_bare(const DetectionData& data, BareLoop& loop) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> latencies;
  const Clock::time_point first = Clock::now();
  for (std::size_t i = 0; i < data.images.size(); ++i) {
    if (Status status = loop.decode(data.images[i]); !status) return fail(status.error());
    const Clock::time_point due = first + i * kPeriod;
    std::this_thread::sleep_until(due);
    if (Status status = loop.detect(); !status) return fail(status.error());
    latencies.push_back(std::chrono::duration<double, std::milli>(Clock::now() - due).count());
  }
  drop_warm_up(latencies);
  return latencies;
}

struct Paced {
  std::vector<double> latencies;
  double detect_p50 = 0;  // of the call alone
};

Result<Paced> run_paced_graph(const DetectionData& data, Registry& registry) {
  Answers answers;
  answers.latency_ms.reserve(data.images.size());
  use_answers(answers);
  RunOptions options;
  options.realtime = true;
  options.frames = data.images.size();
  const auto run =
      run_graph(detection_launch(data, 1) + "  end: {use: bench.answers, in: detect}\n", registry, options);
  if (!run) return fail(run.error());
  const std::size_t unanswered = data.images.size() - answers.latency_ms.size();
  if (unanswered > 0) note("latency: " + std::to_string(unanswered) + " frames without an answer; each counts as 1 s");
  drop_warm_up(answers.latency_ms);
  answers.latency_ms.insert(answers.latency_ms.end(), unanswered, kUnansweredMs);
  return Paced{std::move(answers.latency_ms), run->report.stages.at("detect").busy_ms.p50};
}

Status measure(Reporter& reporter) {
  auto data = find_detection_data();
  if (!data) return data.error();
  if (reporter.brief()) data->images.resize(8);
  auto loop = BareLoop::create(*data);
  if (!loop) return loop.error();
  Registry registry;
  if (Status status = register_builtin_stages(registry); !status) return status;
  if (Status status = add_answers_stage(registry); !status) return status;

  std::vector<double> all_bare, all_graph;
  std::vector<double> extra, detect_p50;
  for (int i = 0; i < (reporter.brief() ? 1 : 5); ++i) {
    auto bare = run_bare(*data, **loop);
    if (!bare) return bare.error();
    auto graph = run_paced_graph(*data, registry);
    if (!graph) return graph.error();
    all_bare.insert(all_bare.end(), bare->begin(), bare->end());
    all_graph.insert(all_graph.end(), graph->latencies.begin(), graph->latencies.end());
    detect_p50.push_back(graph->detect_p50);
    extra.push_back(quantile(graph->latencies, 0.99) - quantile(*bare, 0.99));
  }
  // One repetition is too short for its 99th percentile to be more than its worst frame.
  Figure figure = summarise(extra);
  const double baseline = quantile(all_bare, 0.99);
  const double ours = quantile(all_graph, 0.99);
  figure.value = ours - baseline;
  reporter.print("p99_extra_ms", figure,
                 {{"baseline_p99_ms", baseline},
                  {"p99_ms", ours},
                  {"baseline_p50_ms", quantile(all_bare, 0.5)},
                  {"p50_ms", quantile(all_graph, 0.5)},
                  {"detect_p50_ms", summarise(detect_p50).value}});
  return {};
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) { return weir::bench::bench_main(argc, argv, "latency", weir::bench::measure); }
