// SPDX-License-Identifier: Apache-2.0
#include "bench/elf/average_precision.hpp"

#include <algorithm>
#include <map>

namespace weir::bench {
namespace {

constexpr float kOverlap = 0.5F;

/// The area under precision over recall, precision at a recall being the best at that or any higher one.
double area_under(const std::vector<bool>& hits, std::size_t expected) {
  std::vector<double> precision;
  double good = 0;
  for (std::size_t i = 0; i < hits.size(); ++i) {
    good += hits[i] ? 1 : 0;
    precision.push_back(good / static_cast<double>(i + 1));
  }
  double best = 0, area = 0;
  for (std::size_t i = hits.size(); i-- > 0;) {
    best = std::max(best, precision[i]);
    if (hits[i]) area += best / static_cast<double>(expected);
  }
  return 100 * area;
}

}  // namespace

Agreement agreement_of(std::vector<LabelledBox> found, std::span<const LabelledBox> expected, float duplicate_score) {
  Agreement agreement;
  agreement.expected = expected.size();
  std::map<std::uint64_t, std::vector<std::size_t>> by_frame;
  for (std::size_t i = 0; i < expected.size(); ++i) by_frame[expected[i].frame].push_back(i);
  std::vector<bool> taken(expected.size(), false), hits;
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
  for (const LabelledBox& box : found) {
    std::size_t best = expected.size(), best_any = expected.size();
    float most = kOverlap, most_any = kOverlap;
    for (const std::size_t i : by_frame[box.frame]) {
      if (expected[i].type != box.type) continue;
      const float overlap = iou(expected[i].box, box.box);
      if (overlap >= most_any) most_any = overlap, best_any = i;
      if (!taken[i] && overlap >= most) most = overlap, best = i;
    }
    const bool hit = best < expected.size();
    if (hit) taken[best] = true;
    hits.push_back(hit);
    if (box.score < duplicate_score) continue;
    ++agreement.found;
    agreement.duplicates += !hit && best_any < expected.size() ? 1 : 0;
  }
  if (expected.empty()) return agreement;
  agreement.average_precision = area_under(hits, expected.size());
  agreement.recall =
      100.0 * static_cast<double>(std::count(taken.begin(), taken.end(), true)) / static_cast<double>(expected.size());
  return agreement;
}

}  // namespace weir::bench
