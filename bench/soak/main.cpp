// SPDX-License-Identifier: Apache-2.0
// 100,000 drawn frames through 10 stages at full speed: every frame has one outcome, and memory does not grow.
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "bench/common/bench_main.hpp"
#include "bench/common/graph_run.hpp"
#include "bench/soak/soak_stages.hpp"
#include "stages/register.hpp"

namespace weir::bench {
namespace {

constexpr std::uint64_t kFrames = 100000;
constexpr std::uint64_t kBriefFrames = 2000;
constexpr std::uint64_t kWarmUpShare = 20;  // memory is compared with that after the first 1/20 of the frames

// A branch that loses frames, a join, a feedback edge, calls that overlap, threads of sinks, frames given up and
// failed.
std::string soak_launch(std::uint64_t frames, const std::string& results) {
  return "name: soak\n"
         "stages:\n"
         "  camera: {use: ingest.synthetic, width: 64, height: 32, detail: low, noise: 0, frames: " +
         std::to_string(frames) +
         "}\n"
         "  gauge: {use: bench.gauge, in: camera}\n"
         "  wide: {use: bench.wide, parallel: 2, in: gauge}\n"
         "  fault: {use: bench.fault, in: wide}\n"
         "  boxes: {use: bench.boxes, in: {in: fault, last: {from: track, feedback: newest}}}\n"
         "  track: {use: track.sort, in: boxes}\n"
         "  join: {use: bench.join, in: {frame: wide, tracks: track}}\n"
         "  results: {use: sink.jsonl, flush: 100, in: join, path: " +
         results +
         "}\n"
         "  skim: {use: sink.null, in: wide}\n"
         "  end: {use: sink.null, in: join}\n"
         "edges:\n"
         "  wide->skim: {capacity: 2, when_full: drop_oldest}\n";
}

std::uint64_t count_lines(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return static_cast<std::uint64_t>(std::count(std::istreambuf_iterator<char>(in), {}, '\n'));
}

std::uint64_t distance(std::uint64_t a, std::uint64_t b) { return a > b ? a - b : b - a; }

std::string outcomes(const FrameCounts& counts) {
  std::string text = std::to_string(counts.in) + " in, " + std::to_string(counts.full) + " full";
  for (const auto& [reason, frames] : counts.dropped) text += ", " + std::to_string(frames) + " " + reason;
  return text;
}

Figure one(double value) { return {value, value, value, 1}; }

Status soak(Reporter& reporter) {
  const std::uint64_t frames = reporter.brief() ? kBriefFrames : kFrames;
  MemoryTrace trace{frames / kWarmUpShare, {}};
  trace.bytes.reserve(2 * kWarmUpShare);
  use_trace(trace);
  Registry registry;
  if (Status status = register_builtin_stages(registry); !status) return status;
  if (Status status = add_soak_stages(registry); !status) return status;

  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("weir-soak-" + std::to_string(getpid()));
  const std::string results = (folder / "results.jsonl").string();
  const auto run = run_graph(soak_launch(frames, results), registry);
  const std::uint64_t written = run ? count_lines(results) : 0;
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  if (!run) return run.error();

  const FrameCounts& counts = run->report.frames;
  note("soak: " + outcomes(counts) + "; " + std::to_string(written) + " answers written");
  const std::uint64_t unaccounted =
      distance(frames, counts.in) + distance(counts.in, counts.accounted()) + distance(counts.full, written);
  reporter.print("unaccounted", one(static_cast<double>(unaccounted)),
                 {{"frames", static_cast<double>(counts.in)}, {"fps", run->report.fps}});

  if (trace.bytes.size() < 3) return {Code::internal, "the run was too short to compare memory"};
  const auto base = static_cast<double>(trace.bytes[1]);
  const auto peak = static_cast<double>(*std::max_element(trace.bytes.begin() + 2, trace.bytes.end()));
  reporter.print("growth_mb", one(std::max(0.0, (peak - base) / 1e6)), {{"resident_mb", peak / 1e6}});
  return {};
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) { return weir::bench::bench_main(argc, argv, "soak", weir::bench::soak); }
