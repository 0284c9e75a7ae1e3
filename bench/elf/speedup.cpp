// SPDX-License-Identifier: Apache-2.0
// How long a frame takes from its capture to the merged answer, over a network as narrow as a radio link: parts to
// several workers against the whole frame to one. Stages, messages and links are the real ones. Workers are emulated
// by measured service times, for there are fewer cores than workers: all goes at a fifth of its pace, link and stages
// alike, so that the detectors have time to work side by side.
#include <algorithm>

#include "bench/common/machine.hpp"
#include "bench/detection/bare_loop.hpp"
#include "bench/elf/figures.hpp"
#include "bench/elf/radio.hpp"
#include "bench/elf/slow_stages.hpp"

namespace weir::bench {
namespace {

constexpr std::size_t kWarmUp = 3;  // frames at the start, which are sent whole either way

/// What a frame that got no full answer, or none at all, counts as.
constexpr double kMissingMs = 25000;

/// The default of partition.content's find_time.
constexpr double kFindMs = 120;

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

/// How much slower all goes than it does.
constexpr double kSlowed = 5;

struct Rate {
  std::string name;
  double mbps;
  double whole_fps, parts_fps;  // slow enough that one frame is done before the next
};

/// Mean latency of a plan at full pace.
Result<double> full_pace_ms(OffloadPlan plan, double fps, std::size_t workers, const Rate& rate, Registry& slowed) {
  plan.fps = fps / plan.slowed;
  auto frames = run_over_radio(plan, workers, rate.mbps, slowed);
  if (!frames) return fail(frames.error());
  return mean(latencies(*frames, plan.frames)) / plan.slowed;
}

/// The plan's parts against its whole frames at the best number of workers; appends the figures of each.
Result<double> best_ratio(const OffloadPlan& base, const std::string& content, double whole_ms,
                          std::initializer_list<int> workers, const Rate& rate, Registry& slowed, Also& also,
                          const std::string& prefix) {
  OffloadPlan plan = base;
  // What is said in ms of the uplink goes with the pace.
  plan.content = ", find_time: " + std::to_string(kFindMs * plan.slowed) + content;
  double best = 0;
  for (const int parts : workers) {
    plan.parts = parts;
    const auto ms = full_pace_ms(plan, rate.parts_fps, static_cast<std::size_t>(parts), rate, slowed);
    if (!ms) return fail(ms.error());
    const double ratio = whole_ms / std::max(*ms, 1e-3);
    best = std::max(best, ratio);
    also.emplace_back(prefix + "n" + std::to_string(parts) + "_ms", *ms);
    also.emplace_back(prefix + "n" + std::to_string(parts), ratio);
  }
  return best;
}

Status compare(Reporter& reporter, const Rate& rate, const OffloadPlan& base, const ServiceTimes& service,
               Registry& slowed) {
  OffloadPlan whole = base;
  whole.partition = "whole";
  const std::uint64_t overruns_before = overruns();
  const auto whole_ms = full_pace_ms(whole, rate.whole_fps, 1, rate, slowed);
  if (!whole_ms) return whole_ms.error();
  Also also{{"baseline_ms", *whole_ms}, {"whole_service_ms", service.whole_ms()}};
  const bool brief = reporter.brief();
  const auto best = brief ? best_ratio(base, "", *whole_ms, {1}, rate, slowed, also, "")
                          : best_ratio(base, "", *whole_ms, {1, 2, 3, 5}, rate, slowed, also, "");
  if (!best) return best.error();
  if (!brief) {
    const auto close = best_ratio(base, kCloseParts, *whole_ms, {3, 5}, rate, slowed, also, "close_");
    if (!close) return close.error();
  }
  also.emplace_back("overruns", static_cast<double>(overruns() - overruns_before));
  reporter.print("speedup_" + rate.name, summarise({*best}), also);
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
  plan->codec = "jpeg";
  plan->deadline = "25 s";
  plan->slowed = reporter.brief() ? 2 : kSlowed;
  const auto service = ServiceTimes::measure(plan->model);
  if (!service) return service.error();
  Registry slowed;
  if (Status status = register_offload_stages(slowed, plan->slowed, 1, &*service); !status) return status;
  for (const Rate& rate : {Rate{"100mbit", 100, 5, 8}, Rate{"20mbit", 20, 4, 6}}) {
    if (Status status = compare(reporter, rate, *plan, *service, slowed); !status) return status;
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
  if (Status status = register_offload_stages(slow, 1, 10); !status) return status;
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
