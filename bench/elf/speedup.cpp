// SPDX-License-Identifier: Apache-2.0
// How long a frame takes from its capture to the merged answer, over a network as narrow as a radio link: parts to
// several workers against the whole frame to one. Device and workers are the real ones; the network is shaped.
#include <algorithm>

#include "bench/common/machine.hpp"
#include "bench/detection/bare_loop.hpp"
#include "bench/elf/figures.hpp"
#include "bench/elf/radio.hpp"

namespace weir::bench {
namespace {

constexpr std::size_t kWarmUp = 3;  // frames at the start, which are sent whole either way

/// What a frame that got no full answer, or none at all, counts as.
constexpr double kMissingMs = 5000;

/// The latencies of frames `kWarmUp` to `count`.
std::vector<double> latencies(const std::map<std::uint64_t, OffloadedFrame>& frames, std::size_t count) {
  std::vector<double> values;
  for (std::size_t number = kWarmUp; number < count; ++number) {
    const auto frame = frames.find(number);
    const bool full = frame != frames.end() && frame->second.outcome == Outcome::full;
    values.push_back(full ? frame->second.latency_ms : kMissingMs);
  }
  return values;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

struct Rate {
  std::string name;
  double mbps;
  double whole_fps, parts_fps;  // slow enough that one frame is done before the next
};

Status compare(Reporter& reporter, const Rate& rate, const OffloadPlan& base, Registry& registry) {
  OffloadPlan plan = base;
  plan.partition = "whole";
  plan.fps = rate.whole_fps;
  auto whole = run_over_radio(plan, 1, rate.mbps, registry);
  if (!whole) return whole.error();
  const double whole_ms = mean(latencies(*whole, plan.frames));
  plan.partition = "content";
  plan.fps = rate.parts_fps;
  double best = 0;
  Also also{{"baseline_ms", whole_ms}};
  for (const int parts : {1, 2, 3, 5}) {
    plan.parts = parts;
    auto frames = run_over_radio(plan, static_cast<std::size_t>(parts), rate.mbps, registry);
    if (!frames) return frames.error();
    const std::vector<double> ms = latencies(*frames, plan.frames);
    const double ratio = whole_ms / std::max(mean(ms), 1e-3);
    best = std::max(best, ratio);
    also.emplace_back("n" + std::to_string(parts) + "_ms", mean(ms));
    also.emplace_back("n" + std::to_string(parts), ratio);
    if (reporter.brief()) break;
  }
  reporter.print("speedup_" + rate.name, summarise({best}), also);
  return {};
}

Result<OffloadPlan> base_plan(const Reporter& reporter) {
  const auto data = find_detection_data();
  if (!data) return fail(data.error());
  OffloadPlan plan;
  plan.realtime = true;
  plan.folder = data->folder;
  plan.model = data->model;
  plan.frames = reporter.brief() ? kWarmUp + 1 : data->images.size();
  return plan;
}

}  // namespace

Status print_speedup(Reporter& reporter) {
  auto plan = base_plan(reporter);
  if (!plan) return plan.error();
  Registry registry;
  if (Status status = register_offload_stages(registry); !status) return status;
  for (const Rate& rate : {Rate{"100mbit", 100, 3, 4}, Rate{"20mbit", 20, 1, 1.5}}) {
    if (Status status = compare(reporter, rate, *plan, registry); !status) return status;
  }
  return {};
}

Status print_one_slow(Reporter& reporter) {
  auto plan = base_plan(reporter);
  if (!plan) return plan.error();
  plan->deadline = "200 ms";
  plan->fps = 5;
  Registry registry, slow;
  if (Status status = register_offload_stages(registry); !status) return status;
  if (Status status = register_offload_stages(slow, 10); !status) return status;
  auto frames = run_over_radio(*plan, 3, 100, registry, &slow);
  if (!frames) return frames.error();
  double late = 0, partial = 0, counted = 0;
  for (const auto& [number, frame] : *frames) {
    if (number < kWarmUp) continue;
    ++counted;
    late += frame.latency_ms > 200 ? 1 : 0;
    partial += frame.outcome == Outcome::full ? 0 : 1;
  }
  const auto expected = static_cast<double>(plan->frames - kWarmUp);
  reporter.print("late_percent_one_slow", summarise({100 * (late + std::max(0.0, expected - counted)) / expected}),
                 {{"frames", counted}, {"not_full_percent", 100 * partial / std::max(counted, 1.0)}});
  return {};
}

}  // namespace weir::bench
