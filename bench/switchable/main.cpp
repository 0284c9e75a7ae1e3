// SPDX-License-Identifier: Apache-2.0
// What a switchable bottleneck costs in real messages and keeps of a detector's boxes, against pictures.
//
// Nothing that is measured was learned from: the codec's tables for 0002 come from drive 0052 and single images, those
// for 0052 from 0002 and single images. Half of drive 0052 was among the frames that the bottlenecks learned from.
#include <algorithm>
#include <filesystem>

#include "bench/common/bench_main.hpp"
#include "bench/common/machine.hpp"
#include "bench/switchable/classifier.hpp"
#include "bench/switchable/curves.hpp"
#include "bench/switchable/pictures.hpp"

namespace weir::bench {
namespace {

constexpr std::size_t kBrief = 3, kBriefImages = 20, kAllImages = 5000;
constexpr double kNever = 1e6;  // bytes, where no setup is good enough
constexpr const char* kMetrics[] = {"ap_4500", "ap_8000", "moving_lead_points", "still_lead_points"};

struct Recordings {
  Recording moving, still, single;
};

Result<Recordings> read_recordings(bool brief) {
  Recordings all;
  auto moving = moving_recording();
  if (!moving) return fail(moving.error());
  auto still = still_recording();
  if (!still) return fail(still.error());
  auto single = single_images();
  if (!single) return fail(single.error());
  all = {std::move(*moving), std::move(*still), std::move(*single)};
  if (brief) {
    for (Recording* one : {&all.moving, &all.still, &all.single}) shorten(*one, kBrief);
  }
  return all;
}

Also points_of(const Curve& curve) {
  Also also;
  for (const CurvePoint& point : curve) {
    also.emplace_back(point.rung + "_bytes", point.bytes);
    also.emplace_back(point.rung + "_ap", point.agreement);
    if (point.truth >= 0) also.emplace_back(point.rung + "_truth_ap50", point.truth);
  }
  return also;
}

/// Our curve and the rivals' on one recording, kept as a file for bench_plot.
Result<Curve> measure(const Subject& subject, const Recording& recording, const std::vector<const Recording*>& others) {
  auto curve = switchable_curve(subject, recording, others);
  if (!curve) return curve;
  const auto pictures = picture_curves(subject, recording);
  if (!pictures) return fail(pictures.error());
  curve->insert(curve->end(), pictures->begin(), pictures->end());
  const std::string file = "out/bench/switchable-" + subject.name + "-" + recording.name + ".jsonl";
  if (Status status = write_curve(*curve, file); !status) return fail(status.error());
  note("points in " + file);
  return curve;
}

Status print_subject(Reporter& reporter, const Subject& subject, const Recordings& recordings,
                     const std::string& prefix) {
  const auto moving = measure(subject, recordings.moving, {&recordings.still, &recordings.single});
  if (!moving) return moving.error();
  reporter.print(prefix + "ap_4500", summarise({agreement_within(*moving, "switchable", 4500)}), points_of(*moving));
  reporter.print(prefix + "ap_8000", summarise({agreement_within(*moving, "switchable", 8000)}));
  const Lead ahead = least_lead(*moving, {"jpeg", "webp", "h264"});
  reporter.print(prefix + "moving_lead_points", summarise({ahead.points}), {{"at_bytes", ahead.bytes}});
  const auto still = measure(subject, recordings.still, {&recordings.moving, &recordings.single});
  if (!still) return still.error();
  const Lead level = least_lead(*still, {"h264"});
  Also points = points_of(*still);
  points.emplace_back("at_bytes", level.bytes);
  reporter.print(prefix + "still_lead_points", summarise({level.points}), points);
  return {};
}

Status print_classifier(Reporter& reporter) {
  const auto scores = score_classifier(reporter.brief() ? kBriefImages : kAllImages);
  if (!scores && scores.error().code == Code::unavailable) {
    for (const char* metric : {"bytes_at_loss1", "mean_gap_points", "worst_gap_points"}) {
      reporter.skip(metric, scores.error().text);
    }
    return {};
  }
  if (!scores) return scores.error();
  double bytes = kNever, sum = 0, worst = -100;
  Also grid{{"untouched_top1", scores->untouched}}, gaps;
  for (const ClassifierPoint& point : scores->grid) {
    grid.emplace_back(point.setup + "_bytes", point.bytes);
    grid.emplace_back(point.setup + "_top1", point.top1);
    if (point.top1 >= scores->untouched - 1) bytes = std::min(bytes, point.bytes);
  }
  for (const SetupGap& gap : scores->gaps) {
    gaps.emplace_back(gap.setup + "_alone", gap.alone);
    gaps.emplace_back(gap.setup + "_shared", gap.shared);
    sum += gap.gap();
    worst = std::max(worst, gap.gap());
  }
  reporter.print("bytes_at_loss1", summarise({bytes}), grid);
  reporter.print("mean_gap_points",
                 summarise({sum / static_cast<double>(std::max<std::size_t>(scores->gaps.size(), 1))}), gaps);
  reporter.print("worst_gap_points", summarise({worst}));
  return {};
}

Status run(Reporter& reporter) {
  if (Status status = print_classifier(reporter); !status) return status;
  const auto recordings = read_recordings(reporter.brief());
  if (!recordings) return recordings.error();
  const std::string own = std::string(WEIR_SOURCE_DIR) + "/models/weir_nano.onnx";
  for (const auto& [name, network, prefix] : {std::tuple{"yolox_nano", data_path("models/yolox_nano.onnx"), "yolox_"},
                                              std::tuple{"weir_nano", own, "nano_"}}) {
    const auto subject = load_subject(name, network);
    if (!subject && subject.error().code == Code::unavailable) {
      for (const char* metric : kMetrics) reporter.skip(std::string(prefix) + metric, subject.error().text);
      continue;
    }
    if (!subject) return subject.error();
    if (Status status = print_subject(reporter, *subject, *recordings, prefix); !status) return status;
  }
  return {};
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) { return weir::bench::bench_main(argc, argv, "switchable", weir::bench::run); }
