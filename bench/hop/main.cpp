// SPDX-License-Identifier: Apache-2.0
// What it costs to pass a 1920x1080 frame through an empty stage: time, touches of its pixels, heap calls.
#include "bench/common/bench_main.hpp"
#include "bench/common/graph_run.hpp"
#include "bench/common/heap_count.hpp"
#include "bench/common/machine.hpp"
#include "bench/hop/flow_graph_chain.hpp"
#include "bench/hop/guarded_pixels.hpp"
#include "bench/hop/hop_stages.hpp"

namespace weir::bench {
namespace {

constexpr std::uint64_t kFullSpeed = 48;  // frames under way; less than the edges of the chain hold
constexpr std::size_t kPixelBytes = std::size_t{1920} * 1080 * 3;

struct Sizes {
  int repetitions = 5;
  std::uint64_t frames = 20000;
  std::uint64_t touched_frames = 1000;
};

Result<GraphRun> run_chain(const HopRun& run) {
  use_run(run);
  Registry registry = hop_registry();
  return run_graph(hop_launch(), registry);
}

/// What one repetition gives, all times in microseconds per hop.
struct Repetition {
  double hop = 0;  // median, one frame in the graph
  double plain_hop = 0;
  double streaming = 0;  // processor time of all threads at full speed
  double plain_streaming = 0;
  double heap_calls = 0;  // per frame, at full speed
  double heap_calls_single = 0;
};

double median_hop_us(const HopProbe& probe) {
  auto times = probe.hop_times(probe.frames() / 3);
  return quantile(times, 0.5) * 1e-3;
}

double per_hop_us(double seconds, std::uint64_t frames) { return seconds * 1e6 / static_cast<double>(frames * kHops); }

/// One frame in the graph at a time, then at full speed; the heap is counted in the second half.
Status run_ours(const Sizes& sizes, Repetition& result) {
  const std::uint64_t from = sizes.frames / 2;
  const std::uint64_t to = sizes.frames - 1;
  for (const std::uint64_t in_flight : {std::uint64_t{1}, kFullSpeed}) {
    HopProbe probe(sizes.frames, in_flight);
    const auto run = run_chain({&probe, from, to, nullptr});
    if (!run) return run.error();
    const double calls = static_cast<double>(heap_count::calls()) / static_cast<double>(to - from);
    if (in_flight == 1) {
      result.hop = median_hop_us(probe);
      result.heap_calls_single = calls;
    } else {
      result.streaming = per_hop_us(run->cpu_seconds, sizes.frames);
      result.heap_calls = calls;
    }
  }
  return {};
}

void run_plain(const Sizes& sizes, Repetition& result) {
  HopProbe single(sizes.frames, 1);
  run_flow_graph_chain(single);
  result.plain_hop = median_hop_us(single);
  HopProbe streaming(sizes.frames, kFullSpeed);
  const double start = cpu_seconds();
  run_flow_graph_chain(streaming);
  result.plain_streaming = per_hop_us(cpu_seconds() - start, sizes.frames);
}

template <typename Field>
Figure figure_of(const std::vector<Repetition>& repetitions, Field field) {
  std::vector<double> values;
  for (const Repetition& repetition : repetitions) values.push_back(repetition.*field);
  return summarise(std::move(values));
}

/// Frames over pixels that may not be touched, then frames with pixels of their own whose address is compared.
Status print_copies(Reporter& reporter, std::uint64_t frames) {
  const GuardedPixels pixels(kPixelBytes);
  if (!pixels.data()) return {Code::unavailable, "no memory for a guarded image"};
  HopProbe guarded(frames, kFullSpeed);
  if (const auto run = run_chain({&guarded, 0, 0, pixels.data()}); !run) return run.error();
  HopProbe own(frames, kFullSpeed);
  if (const auto run = run_chain({&own, 0, 0, nullptr}); !run) return run.error();
  const auto touches = static_cast<double>(pixels.touches());
  const auto moved = static_cast<double>(guarded.moved() + own.moved());
  reporter.print("pixel_copies", {touches + moved, touches + moved, touches + moved, 1},
                 {{"touches", touches}, {"moved", moved}, {"frames", static_cast<double>(2 * frames)}});
  return {};
}

Status measure(Reporter& reporter) {
  const Sizes sizes = reporter.brief() ? Sizes{1, 400, 50} : Sizes{};
  Repetition warm_up;
  run_plain(sizes, warm_up);
  std::vector<Repetition> repetitions(static_cast<std::size_t>(sizes.repetitions));
  for (Repetition& repetition : repetitions) {
    if (Status status = run_ours(sizes, repetition); !status) return status;
    run_plain(sizes, repetition);
  }
  const Figure hop = figure_of(repetitions, &Repetition::hop);
  const double plain = figure_of(repetitions, &Repetition::plain_hop).value;
  reporter.print("p50_us", hop,
                 {{"baseline_us", plain},
                  {"ratio", plain > 0 ? hop.value / plain : 0},
                  {"streaming_cpu_us", figure_of(repetitions, &Repetition::streaming).value},
                  {"baseline_streaming_cpu_us", figure_of(repetitions, &Repetition::plain_streaming).value}});
  if (Status status = print_copies(reporter, sizes.touched_frames); !status) return status;
  reporter.print("allocations_per_frame", figure_of(repetitions, &Repetition::heap_calls),
                 {{"one_frame_in_graph", figure_of(repetitions, &Repetition::heap_calls_single).value}});
  return {};
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) { return weir::bench::bench_main(argc, argv, "hop", weir::bench::measure); }
