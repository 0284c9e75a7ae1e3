// SPDX-License-Identifier: Apache-2.0
#include "kernels/eval/tracking_data.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "kernels/eval/kitti_types.hpp"
#include "kernels/eval/overlap.hpp"

namespace weir {
namespace {

constexpr double kMatchOverlap = 0.5;
constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
constexpr int kMostOccluded = 2;
constexpr float kMostTruncated = 0;
constexpr double kLeastHeight = 25;

/// The boxes of one frame that matter for one type, before the neutral ones are taken out.
struct RawFrame {
  std::vector<const TruthBox*> truth;
  std::vector<const ScoredBox*> results;
  std::vector<double> overlap;
  double at(std::size_t i, std::size_t j) const { return overlap[i * results.size() + j]; }
};

/// Numbers tracks from 0 in the order they are first seen.
class TrackNumbers {
 public:
  std::size_t of(std::int64_t id) { return numbers_.try_emplace(id, numbers_.size()).first->second; }
  std::size_t size() const { return numbers_.size(); }

 private:
  std::map<std::int64_t, std::size_t> numbers_;
};

// Tracking labels spell Person_sitting as Person.
bool is_distractor(const TruthBox& label, std::string_view type) {
  return is_neutral(label.type, type) || (same_type(type, "Pedestrian") && same_type(label.type, "Person"));
}

bool is_counted(const TruthBox& label, std::string_view type) {
  return same_type(label.type, type) && label.occluded <= kMostOccluded && label.truncated <= kMostTruncated;
}

RawFrame select(const EvalFrame& frame, std::string_view type) {
  RawFrame raw;
  for (const TruthBox& label : frame.truth) {
    if (label.track_id < 0) continue;
    if (same_type(label.type, type) || is_distractor(label, type)) raw.truth.push_back(&label);
  }
  for (const ScoredBox& result : frame.results) {
    if (result.track_id >= 0 && same_type(result.type, type)) raw.results.push_back(&result);
  }
  raw.overlap.reserve(raw.truth.size() * raw.results.size());
  for (const TruthBox* label : raw.truth) {
    for (const ScoredBox* result : raw.results) raw.overlap.push_back(overlap_of_union(label->box, result->box));
  }
  return raw;
}

bool stands_for_nothing(const ScoredBox& result, const EvalFrame& frame) {
  if (double{result.box.bottom} - double{result.box.top} <= kLeastHeight + kEpsilon) return true;
  return std::any_of(frame.truth.begin(), frame.truth.end(), [&](const TruthBox& label) {
    return same_type(label.type, "DontCare") && overlap_of_box(result.box, label.box) > kMatchOverlap + kEpsilon;
  });
}

// Which results count: those paired with a counted label, and those without a partner that stand for something.
std::vector<char> kept_results(const EvalFrame& frame, const RawFrame& raw, std::string_view type,
                               AssignmentSolver& solver) {
  std::vector<double> costs(raw.overlap.size());
  for (std::size_t k = 0; k < costs.size(); ++k) {
    costs[k] = raw.overlap[k] >= kMatchOverlap - kEpsilon ? -raw.overlap[k] : 0.0;
  }
  const std::span<const int> partner = solver.solve(costs, raw.truth.size(), raw.results.size(), 0.0);
  std::vector<const TruthBox*> label_of(raw.results.size(), nullptr);
  for (std::size_t i = 0; i < raw.truth.size(); ++i) {
    if (partner[i] != AssignmentSolver::kNone) label_of[static_cast<std::size_t>(partner[i])] = raw.truth[i];
  }
  std::vector<char> kept(raw.results.size());
  for (std::size_t j = 0; j < kept.size(); ++j) {
    kept[j] = label_of[j] != nullptr ? is_counted(*label_of[j], type) : !stands_for_nothing(*raw.results[j], frame);
  }
  return kept;
}

std::optional<std::size_t> repeated(std::vector<std::size_t> tracks) {
  std::sort(tracks.begin(), tracks.end());
  const auto twice = std::adjacent_find(tracks.begin(), tracks.end());
  return twice == tracks.end() ? std::nullopt : std::optional(*twice);
}

Status check_unique(const TrackingFrame& counted, const Sequence& sequence, std::int64_t frame, std::string_view type) {
  for (const auto* tracks : {&counted.truth, &counted.results}) {
    if (!repeated(*tracks)) continue;
    return {Code::corrupt,
            "sequence \"" + sequence.name + "\", frame " + std::to_string(frame) + ": two " + std::string(type) +
                " boxes of the " + (tracks == &counted.truth ? "truth" : "results") +
                " have the same track id, wanted one box per track and frame; give each object its own id"};
  }
  return {};
}

}  // namespace

Result<TrackingData> prepare_tracking(const Sequence& sequence, std::string_view type, AssignmentSolver& solver) {
  TrackingData data;
  TrackNumbers truth_numbers, result_numbers;
  data.frames.reserve(sequence.frames.size());
  for (const EvalFrame& frame : sequence.frames) {
    const RawFrame raw = select(frame, type);
    const std::vector<char> kept = kept_results(frame, raw, type, solver);
    TrackingFrame counted;
    for (std::size_t j = 0; j < raw.results.size(); ++j) {
      if (kept[j]) counted.results.push_back(result_numbers.of(raw.results[j]->track_id));
    }
    for (std::size_t i = 0; i < raw.truth.size(); ++i) {
      if (!is_counted(*raw.truth[i], type)) continue;
      counted.truth.push_back(truth_numbers.of(raw.truth[i]->track_id));
      for (std::size_t j = 0; j < raw.results.size(); ++j) {
        if (kept[j]) counted.overlap.push_back(raw.at(i, j));
      }
    }
    if (Status unique = check_unique(counted, sequence, frame.frame, type); !unique) return fail(unique.error());
    data.truth_boxes += counted.truth.size();
    data.result_boxes += counted.results.size();
    data.frames.push_back(std::move(counted));
  }
  data.truth_tracks = truth_numbers.size();
  data.result_tracks = result_numbers.size();
  return data;
}

}  // namespace weir
