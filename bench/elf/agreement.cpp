// SPDX-License-Identifier: Apache-2.0
// Whether offloading parts finds what the whole frame would have given.
#include <algorithm>

#include "bench/common/machine.hpp"
#include "bench/detection/bare_loop.hpp"
#include "bench/elf/average_precision.hpp"
#include "bench/elf/figures.hpp"
#include "bench/elf/radio.hpp"
#include "bench/models/scored_detector.hpp"
#include "kernels/eval/kitti_types.hpp"

namespace weir::bench {
namespace {

constexpr float kExpectedScore = 0.3F;
constexpr std::size_t kBriefFrames = 4;
constexpr std::size_t kWorkers = 3;
constexpr double kMbps = 100;

using Frames = std::map<std::uint64_t, OffloadedFrame>;

std::vector<LabelledBox> boxes_of(const Frames& frames, std::uint64_t first_number, float least) {
  std::vector<LabelledBox> boxes;
  for (const auto& [number, frame] : frames) {
    for (const Detection& box : frame.boxes) {
      if (box.score < least) continue;
      boxes.push_back(
          {first_number + number, box.box, box.score, frame.classes->at(static_cast<std::size_t>(box.class_id))});
    }
  }
  return boxes;
}

/// The labels of 0002 with these results.
std::vector<EvalFrame> with_truth(const ScoredFrames& labelled, const Frames& frames) {
  std::vector<EvalFrame> scored = labelled.truth;
  for (const auto& [number, frame] : frames) {
    if (number >= scored.size()) continue;
    for (const Detection& box : frame.boxes) {
      const auto type = kitti_type(frame.classes->at(static_cast<std::size_t>(box.class_id)));
      scored[number].results.push_back({box.box, std::string(type.value_or("Misc")), box.score, -1});
    }
  }
  return scored;
}

/// What both ways gave on all recordings.
struct Both {
  std::vector<LabelledBox> expected, found;
  std::vector<LabelledBox> repeatable, close;  // in this process, at fixed costs; close parts
  double pixels = 0, repeatable_pixels = 0, close_pixels = 0;
  std::size_t frames = 0;
  Precision50And70 whole_truth, parts_truth;
};

Status add(const OffloadPlan& plan, Registry& registry, const ScoredFrames* labelled, Both& both) {
  OffloadPlan whole = plan;
  whole.partition = "whole";
  auto expected = run_offloaded(whole, registry);
  if (!expected) return expected.error();
  auto found = run_over_radio(plan, kWorkers, kMbps, registry);
  if (!found) return found.error();
  OffloadPlan fixed = plan;
  fixed.learn = false;
  auto repeatable = run_offloaded(fixed, registry);
  if (!repeatable) return repeatable.error();
  fixed.content = kCloseParts;
  auto close = run_offloaded(fixed, registry);
  if (!close) return close.error();
  const std::uint64_t first = both.frames;
  for (const LabelledBox& box : boxes_of(*expected, first, kExpectedScore)) both.expected.push_back(box);
  for (const LabelledBox& box : boxes_of(*found, first, 0)) both.found.push_back(box);
  for (const LabelledBox& box : boxes_of(*repeatable, first, 0)) both.repeatable.push_back(box);
  for (const LabelledBox& box : boxes_of(*close, first, 0)) both.close.push_back(box);
  for (const auto& [number, frame] : *close) both.close_pixels += frame.pixels;
  for (const auto& [number, frame] : *found) both.pixels += frame.pixels;
  for (const auto& [number, frame] : *repeatable) both.repeatable_pixels += frame.pixels;
  both.frames += expected->size();
  if (!labelled) return {};
  both.whole_truth = precision_of(with_truth(*labelled, *expected), "Car");
  both.parts_truth = precision_of(with_truth(*labelled, *found), "Car");
  return {};
}

/// KITTI tracking 0002 first.
Result<std::vector<std::string>> offload_recordings() {
  std::vector<std::string> folders;
  for (const char* folder : {"kitti_tracking/image_02/0002", "kitti_raw/2011_09_26/2011_09_26_drive_0052_sync"}) {
    folders.push_back(data_path(folder));
    if (folders.back().empty()) return fail(Code::unavailable, std::string(folder) + " is absent; set WEIR_DATA");
  }
  return folders;
}

}  // namespace

Status print_agreement(Reporter& reporter) {
  const auto data = find_detection_data();
  if (!data) return data.error();
  const auto folders = offload_recordings();
  if (!folders) return folders.error();
  const auto labelled = kitti_frames();
  if (!labelled) return labelled.error();
  Registry registry;
  if (Status status = register_offload_stages(registry); !status) return status;
  Both both;
  OffloadPlan plan;
  plan.model = data->model;
  plan.frames = reporter.brief() ? kBriefFrames : 0;
  for (std::size_t i = 0; i < folders->size(); ++i) {
    plan.folder = (*folders)[i];
    if (Status status = add(plan, registry, i == 0 ? &*labelled : nullptr, both); !status) return status;
  }
  const Agreement agreement = agreement_of(std::move(both.found), both.expected, kExpectedScore);
  const Agreement repeatable = agreement_of(std::move(both.repeatable), both.expected, kExpectedScore);
  const Agreement close = agreement_of(std::move(both.close), both.expected, kExpectedScore);
  reporter.print("agreement_ap_loss_points", summarise({100 - agreement.average_precision}),
                 {{"boxes", static_cast<double>(agreement.expected)},
                  {"recall", agreement.recall},
                  {"frames", static_cast<double>(both.frames)},
                  {"sent", both.pixels / static_cast<double>(both.frames)},
                  {"fixed_costs_loss", 100 - repeatable.average_precision},
                  {"fixed_costs_recall", repeatable.recall},
                  {"fixed_costs_sent", both.repeatable_pixels / static_cast<double>(both.frames)},
                  {"close_loss", 100 - close.average_precision},
                  {"close_recall", close.recall},
                  {"close_sent", both.close_pixels / static_cast<double>(both.frames)},
                  {"car_ap50", both.parts_truth.ap50},
                  {"car_ap70", both.parts_truth.ap70},
                  {"whole_car_ap50", both.whole_truth.ap50},
                  {"whole_car_ap70", both.whole_truth.ap70},
                  {"cars", static_cast<double>(both.whole_truth.truth)}});
  reporter.print("duplicates_percent",
                 summarise({100.0 * static_cast<double>(agreement.duplicates) /
                            static_cast<double>(std::max<std::size_t>(agreement.found, 1))}),
                 {{"boxes", static_cast<double>(agreement.found)}});
  return {};
}

}  // namespace weir::bench
