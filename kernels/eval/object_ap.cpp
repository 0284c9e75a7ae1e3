// SPDX-License-Identifier: Apache-2.0
#include "kernels/eval/object_ap.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include "kernels/eval/kitti_types.hpp"
#include "kernels/eval/overlap.hpp"

namespace weir {
namespace {

constexpr std::size_t kSamples = 41;
constexpr std::size_t kNobody = std::numeric_limits<std::size_t>::max();

struct Limits {
  double least_height;
  int most_occluded;
  double most_truncated;
};
constexpr std::array<Limits, 3> kLimits{{{40, 0, 0.15}, {25, 1, 0.3}, {25, 2, 0.5}}};

/// What a box is worth at one difficulty.
enum class Role : std::uint8_t { counted, neutral };

struct Object {
  const TruthBox* label = nullptr;
  bool scored_type = false;  // else of the neutral type
  Role role = Role::neutral;
};

struct Candidate {
  double score = 0;
  double height = 0;  // whole pixels, as the development kit cuts it
  bool scored_type = false;
  bool in_dont_care = false;
  bool present = false;  // may be paired or be a false positive at this difficulty
  bool spared = false;   // may only be paired
  Role role = Role::neutral;
};

/// One frame with what every difficulty and every score threshold needs, computed once.
struct Scene {
  std::vector<Object> objects;
  std::vector<Candidate> candidates;
  std::vector<double> overlap;  // objects x candidates
  double at(std::size_t object, std::size_t candidate) const { return overlap[object * candidates.size() + candidate]; }
};

struct Counts {
  std::size_t hits = 0, misses = 0, false_alarms = 0;
};

bool inside_dont_care(const EvalFrame& frame, const Box& box, double min_iou) {
  return std::any_of(frame.truth.begin(), frame.truth.end(), [&](const TruthBox& label) {
    return same_type(label.type, "DontCare") && overlap_of_box(box, label.box) > min_iou;
  });
}

Scene make_scene(const EvalFrame& frame, const std::string& type, double min_iou) {
  Scene scene;
  for (const TruthBox& label : frame.truth) {
    const bool scored = same_type(label.type, type);
    if (scored || is_neutral(label.type, type)) scene.objects.push_back({&label, scored, Role::neutral});
  }
  std::vector<const Box*> boxes;
  for (const ScoredBox& result : frame.results) {
    Candidate candidate;
    candidate.score = result.score;
    candidate.height = std::trunc(std::abs(double{result.box.bottom} - double{result.box.top}));
    candidate.scored_type = same_type(result.type, type);
    // A low result of another type may still be paired; the development kit looks at the height first.
    if (!candidate.scored_type && candidate.height >= kLimits[0].least_height) continue;
    candidate.in_dont_care = candidate.scored_type && inside_dont_care(frame, result.box, min_iou);
    scene.candidates.push_back(candidate);
    boxes.push_back(&result.box);
  }
  scene.overlap.reserve(scene.objects.size() * boxes.size());
  for (const Object& object : scene.objects) {
    for (const Box* box : boxes) scene.overlap.push_back(overlap_of_union(object.label->box, *box));
  }
  return scene;
}

// Sets the roles for one difficulty; returns how many objects are counted.
std::size_t assign_roles(Scene& scene, const Limits& limits, LowResults low_results) {
  std::size_t counted = 0;
  for (Object& object : scene.objects) {
    const TruthBox& label = *object.label;
    const bool within = label.occluded <= limits.most_occluded && double{label.truncated} <= limits.most_truncated &&
                        double{label.box.bottom} - double{label.box.top} > limits.least_height;
    object.role = object.scored_type && within ? Role::counted : Role::neutral;
    if (object.role == Role::counted) ++counted;
  }
  for (Candidate& candidate : scene.candidates) {
    const bool low = candidate.height < limits.least_height;
    const bool neutral = low && low_results == LowResults::neutral;
    candidate.present = neutral || candidate.scored_type;
    candidate.role = neutral ? Role::neutral : Role::counted;
    candidate.spared = low && low_results == LowResults::spared;
  }
  return counted;
}

/// Pairs objects with candidates greedily, in label order; keeps its memory between frames.
class Pairing {
 public:
  explicit Pairing(double min_iou) : min_iou_(min_iou) {}

  // Appends the scores of the true positives when each object takes its surest candidate.
  void collect_hit_scores(const Scene& scene, std::vector<double>& scores) {
    taken_.assign(scene.candidates.size(), 0);
    for (std::size_t i = 0; i < scene.objects.size(); ++i) {
      const std::size_t best = surest(scene, i);
      if (best == kNobody) continue;
      taken_[best] = 1;
      if (scene.objects[i].role == Role::counted && scene.candidates[best].role == Role::counted) {
        scores.push_back(scene.candidates[best].score);
      }
    }
  }

  // Adds what the candidates of at least `threshold` hit and miss when each object takes the one it overlaps most.
  void count(const Scene& scene, double threshold, Counts& counts) {
    taken_.assign(scene.candidates.size(), 0);
    for (std::size_t i = 0; i < scene.objects.size(); ++i) {
      const std::size_t best = closest(scene, i, threshold);
      const bool counted = scene.objects[i].role == Role::counted;
      if (best == kNobody) {
        if (counted) ++counts.misses;
        continue;
      }
      taken_[best] = 1;
      if (counted && scene.candidates[best].role == Role::counted) ++counts.hits;
    }
    for (std::size_t j = 0; j < scene.candidates.size(); ++j) {
      const Candidate& candidate = scene.candidates[j];
      const bool free = candidate.present && !taken_[j] && candidate.score >= threshold;
      const bool alarm = candidate.role == Role::counted && !candidate.in_dont_care && !candidate.spared;
      if (free && alarm) ++counts.false_alarms;
    }
  }

 private:
  std::size_t surest(const Scene& scene, std::size_t object) const {
    std::size_t best = kNobody;
    for (std::size_t j = 0; j < scene.candidates.size(); ++j) {
      if (!scene.candidates[j].present || taken_[j] || scene.at(object, j) <= min_iou_) continue;
      if (best == kNobody || scene.candidates[j].score > scene.candidates[best].score) best = j;
    }
    return best;
  }

  // A counted candidate goes before a neutral one; among neutral ones the first is taken.
  std::size_t closest(const Scene& scene, std::size_t object, double threshold) const {
    std::size_t best = kNobody;
    for (std::size_t j = 0; j < scene.candidates.size(); ++j) {
      const Candidate& candidate = scene.candidates[j];
      if (!candidate.present || taken_[j] || candidate.score < threshold || scene.at(object, j) <= min_iou_) continue;
      if (best == kNobody) {
        best = j;
      } else if (candidate.role == Role::counted) {
        const bool instead_of_neutral = scene.candidates[best].role == Role::neutral;
        if (instead_of_neutral || scene.at(object, j) > scene.at(object, best)) best = j;
      }
    }
    return best;
  }

  double min_iou_;
  std::vector<char> taken_;
};

// Of the scores of the true positives, highest first, those at which recall comes closest to 0, 1/40, 2/40, ..., 1.
std::vector<double> sample_thresholds(const std::vector<double>& hit_scores, std::size_t counted) {
  std::vector<double> thresholds;
  double wanted = 0;
  for (std::size_t i = 0; i < hit_scores.size() && thresholds.size() < kSamples; ++i) {
    const bool last = i + 1 == hit_scores.size();
    const double here = static_cast<double>(i + 1) / static_cast<double>(counted);
    const double next = static_cast<double>(i + 2) / static_cast<double>(counted);
    if (!last && next - wanted < wanted - here) continue;
    thresholds.push_back(hit_scores[i]);
    wanted += 1.0 / (kSamples - 1.0);
  }
  return thresholds;
}

// For each recall 1/40, 2/40, ..., 1 the score at which it is reached; short where it is not.
std::vector<double> reaching_thresholds(const std::vector<double>& hit_scores, std::size_t counted) {
  std::vector<double> thresholds;
  for (std::size_t k = 1; k < kSamples; ++k) {
    const std::size_t hits = (k * counted + kSamples - 2) / (kSamples - 1);  // k / 40 of the truth, rounded up
    if (hits == 0 || hits > hit_scores.size()) break;
    thresholds.push_back(hit_scores[hits - 1]);
  }
  return thresholds;
}

/// Precision at each recall sample: the best at this or any later sample; 0 from the first that is not reached.
using Curve = std::array<double, kSamples>;

Curve precision_curve(const std::vector<Scene>& scenes, const std::vector<double>& thresholds, Pairing& pairing) {
  Curve curve{};
  for (std::size_t t = 0; t < thresholds.size(); ++t) {
    if (t > 0 && thresholds[t] == thresholds[t - 1]) {
      curve[t] = curve[t - 1];
      continue;
    }
    Counts counts;
    for (const Scene& scene : scenes) pairing.count(scene, thresholds[t], counts);
    const std::size_t answers = counts.hits + counts.false_alarms;
    curve[t] = answers > 0 ? static_cast<double>(counts.hits) / static_cast<double>(answers) : 0;
  }
  for (std::size_t i = kSamples - 1; i > 0; --i) curve[i - 1] = std::max(curve[i - 1], curve[i]);
  return curve;
}

// The mean of every `step`-th sample from `first`, in percent.
double mean_of(const Curve& curve, std::size_t first, std::size_t last, std::size_t step) {
  double sum = 0;
  std::size_t samples = 0;
  for (std::size_t i = first; i <= last; i += step, ++samples) sum += curve[i];
  return 100.0 * sum / static_cast<double>(samples);
}

ApScore score_difficulty(std::vector<Scene>& scenes, const Limits& limits, double min_iou, LowResults low_results) {
  Pairing pairing(min_iou);
  std::vector<double> hit_scores;
  ApScore score;
  for (Scene& scene : scenes) {
    score.truth += assign_roles(scene, limits, low_results);
    pairing.collect_hit_scores(scene, hit_scores);
  }
  std::sort(hit_scores.begin(), hit_scores.end(), std::greater<>());
  const Curve kit = precision_curve(scenes, sample_thresholds(hit_scores, score.truth), pairing);
  const Curve reached = precision_curve(scenes, reaching_thresholds(hit_scores, score.truth), pairing);
  score.r40 = mean_of(kit, 1, kSamples - 1, 1);
  score.r11 = mean_of(kit, 0, kSamples - 1, 4);
  score.interpolated = mean_of(reached, 0, kSamples - 2, 1);
  return score;
}

}  // namespace

double default_min_iou(std::string_view type) { return same_type(type, "Car") ? 0.7 : 0.5; }

ObjectApResult object_ap(std::span<const EvalFrame> frames, const ObjectApOptions& options) {
  const double min_iou = options.min_iou > 0 ? options.min_iou : default_min_iou(options.type);
  std::vector<Scene> scenes;
  scenes.reserve(frames.size());
  for (const EvalFrame& frame : frames) scenes.push_back(make_scene(frame, options.type, min_iou));
  ObjectApResult result;
  for (std::size_t level = 0; level < kLimits.size(); ++level) {
    result.by_difficulty[level] = score_difficulty(scenes, kLimits[level], min_iou, options.low_results);
  }
  return result;
}

}  // namespace weir
