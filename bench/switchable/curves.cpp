// SPDX-License-Identifier: Apache-2.0
#include "bench/switchable/curves.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "elastic/switchable/setup_tables.hpp"

namespace weir::bench {
namespace {

constexpr int kLeastBudget = 2000, kMostBudget = 12000, kBudgetStep = 250;
constexpr std::uint64_t kModelHash = 1;

/// Detections in pixels of the network's input as results in those of KITTI's frames.
std::vector<ScoredBox> results_of(const Subject& subject, const Recording& recording,
                                  const std::vector<Detection>& boxes) {
  std::vector<ScoredBox> results;
  for (const Detection& d : boxes) {
    const Box box{d.box.left * recording.scale_x, d.box.top * recording.scale_y, d.box.right * recording.scale_x,
                  d.box.bottom * recording.scale_y};
    results.push_back({box, d.class_id == subject.vehicle ? "Car" : "Pedestrian", d.score, -1});
  }
  return results;
}

}  // namespace

MeasureOptions measure_options(const Subject& subject) {
  MeasureOptions options;
  options.input.width = kWidth;
  options.input.height = kHeight;
  options.kind = subject.kind;
  options.threads = 1;
  return options;
}

double precision_on_truth(const Subject& subject, const Recording& recording, const SetupScore& score) {
  if (recording.truth.empty()) return -1;
  std::vector<EvalFrame> frames = recording.truth;
  for (std::size_t i = 0; i < frames.size() && i < score.frames.size(); ++i) {
    frames[i].results = results_of(subject, recording, score.frames[i].found);
  }
  return precision_of(frames, "Car").ap50;
}

Result<Curve> switchable_curve(const Subject& subject, const Recording& recording,
                               const std::vector<const Recording*>& calibration) {
  MeasureOptions options = measure_options(subject);
  std::vector<std::vector<Tensor>> bottlenecks;
  for (const Recording* other : calibration) {
    auto encoded = encode_frames(subject.head, other->views(), options);
    if (!encoded) return fail(encoded.error());
    if (other->in_sequence) {
      bottlenecks.push_back(std::move(*encoded));
    } else {
      for (Tensor& one : *encoded) bottlenecks.emplace_back().push_back(std::move(one));
    }
  }
  std::vector<std::vector<TensorView>> samples;
  for (const auto& recorded : bottlenecks) {
    auto& views = samples.emplace_back();
    for (const Tensor& tensor : recorded) views.push_back(tensor.view());
  }
  auto tables = setup_tables(samples, subject.setups, kModelHash, kUsualHolds);
  if (!tables) return fail(tables.error());
  options.tables = std::move(*tables);
  const auto scores =
      measure_setups(subject.network, subject.head, subject.tail, subject.setups, recording.views(), options);
  if (!scores) return fail(scores.error());
  Curve curve;
  for (const SetupScore& score : *scores) {
    curve.push_back({"switchable", score.setup, score.bytes, score.agreement.average_precision,
                     precision_on_truth(subject, recording, score)});
  }
  return curve;
}

double agreement_within(const Curve& curve, const std::string& series, double bytes) {
  double best = 0;
  for (const CurvePoint& point : curve) {
    if (point.series == series && point.bytes <= bytes) best = std::max(best, point.agreement);
  }
  return best;
}

Lead least_lead(const Curve& curve, const std::vector<std::string>& rivals) {
  Lead least{100, 0};
  for (int budget = kLeastBudget; budget <= kMostBudget; budget += kBudgetStep) {
    double best = 0;
    for (const std::string& rival : rivals) best = std::max(best, agreement_within(curve, rival, budget));
    const double lead = 100 * (agreement_within(curve, "switchable", budget) - best);
    if (lead < least.points) least = {lead, static_cast<double>(budget)};
  }
  return least;
}

Status write_curve(const Curve& curve, const std::string& file) {
  std::filesystem::create_directories(std::filesystem::path(file).parent_path());
  std::ofstream out(file);
  out << nlohmann::json{{"x_title", "bytes of a frame"}, {"y_title", "agreement"}} << '\n';
  for (const CurvePoint& point : curve) {
    nlohmann::json line{{"series", point.series}, {"rung", point.rung}, {"x", point.bytes}, {"y", point.agreement}};
    if (point.truth >= 0) line["truth_ap50"] = point.truth;
    out << line << '\n';
  }
  out.close();
  if (!out) return {Code::io, file + ": cannot be written"};
  return {};
}

}  // namespace weir::bench
