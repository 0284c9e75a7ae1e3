// SPDX-License-Identifier: Apache-2.0
#include "kernels/eval/agreement.hpp"

#include <algorithm>
#include <map>

#include "kernels/geometry/box.hpp"

namespace weir {
namespace {

constexpr int kRecalls = 40;

struct Candidate {
  const Detection* box;
  std::size_t frame;
};

/// The expected boxes of one class, by frame, and those found, best first.
struct ClassBoxes {
  std::map<std::size_t, std::vector<const Detection*>> expected;
  std::size_t count = 0;
  std::vector<Candidate> found;
};

std::map<int, ClassBoxes> by_class(std::span<const AgreementFrame> frames, float least_score) {
  std::map<int, ClassBoxes> classes;
  for (std::size_t f = 0; f < frames.size(); ++f) {
    for (const Detection& box : frames[f].expected) {
      if (box.score < least_score) continue;
      classes[box.class_id].expected[f].push_back(&box);
      ++classes[box.class_id].count;
    }
    for (const Detection& box : frames[f].found) classes[box.class_id].found.push_back({&box, f});
  }
  for (auto& [id, boxes] : classes) {
    std::ranges::stable_sort(boxes.found, std::ranges::greater(), [](const Candidate& c) { return c.box->score; });
  }
  return classes;
}

/// For each found box, best first, whether it finds an expected one.
std::vector<bool> match(ClassBoxes& boxes, float min_iou) {
  std::vector<bool> hits;
  for (const Candidate& candidate : boxes.found) {
    auto& free = boxes.expected[candidate.frame];
    std::size_t best = free.size();
    float most = min_iou;
    for (std::size_t i = 0; i < free.size(); ++i) {
      const float overlap = iou(free[i]->box, candidate.box->box);
      if (overlap >= most) most = overlap, best = i;
    }
    hits.push_back(best < free.size());
    if (best < free.size()) free.erase(free.begin() + static_cast<std::ptrdiff_t>(best));
  }
  return hits;
}

double sampled_precision(const std::vector<bool>& hits, std::size_t expected) {
  std::vector<double> recall, precision;
  double good = 0;
  for (std::size_t i = 0; i < hits.size(); ++i) {
    good += hits[i] ? 1 : 0;
    recall.push_back(good / static_cast<double>(expected));
    precision.push_back(good / static_cast<double>(i + 1));
  }
  for (std::size_t i = hits.size(); i-- > 1;) precision[i - 1] = std::max(precision[i - 1], precision[i]);
  double sum = 0;
  for (int sample = 1; sample <= kRecalls; ++sample) {
    const auto at = std::ranges::lower_bound(recall, static_cast<double>(sample) / kRecalls - 1e-9);
    if (at != recall.end()) sum += precision[static_cast<std::size_t>(at - recall.begin())];
  }
  return sum / kRecalls;
}

}  // namespace

AgreementScore agreement(std::span<const AgreementFrame> frames, const AgreementOptions& options) {
  AgreementScore score;
  for (auto& [id, boxes] : by_class(frames, options.expected_score)) {
    if (boxes.count == 0) continue;
    const double precision = sampled_precision(match(boxes, options.min_iou), boxes.count);
    score.average_precision += precision * static_cast<double>(boxes.count);
    score.expected += boxes.count;
  }
  if (score.expected > 0) score.average_precision /= static_cast<double>(score.expected);
  return score;
}

}  // namespace weir
