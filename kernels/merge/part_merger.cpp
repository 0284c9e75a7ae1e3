// SPDX-License-Identifier: Apache-2.0
#include "kernels/merge/part_merger.hpp"

#include <algorithm>
#include <limits>
#include <tuple>

namespace weir {

namespace {

// How far from a border a box that ends there may stay: detectors place a side within some per cent of the box.
float slack(float side) { return 2.F + 0.03F * side; }

Box hull(const Box& a, const Box& b) {
  return {std::min(a.left, b.left), std::min(a.top, b.top), std::max(a.right, b.right), std::max(a.bottom, b.bottom)};
}

// Overlap of two intervals over their union.
float interval_iou(float a0, float a1, float b0, float b1) {
  const float common = std::min(a1, b1) - std::max(a0, b0);
  return common > 0 ? common / (std::max(a1, b1) - std::min(a0, b0)) : 0.F;
}

}  // namespace

PartMerger::Cuts PartMerger::cuts_of(const Box& box, const Box& area, float frame_width, float frame_height) {
  const float x = slack(box.width()), y = slack(box.height());
  return {area.left > 0 && box.left <= area.left + x, area.top > 0 && box.top <= area.top + y,
          area.right < frame_width && box.right >= area.right - x,
          area.bottom < frame_height && box.bottom >= area.bottom - y};
}

// Pixels between the box and the nearest border of its part that is inside the frame: how much of its surroundings the
// detector saw at least.
float PartMerger::context_of(const Box& box, const Box& area, float frame_width, float frame_height) {
  float least = std::numeric_limits<float>::infinity();
  if (area.left > 0) least = std::min(least, box.left - area.left);
  if (area.top > 0) least = std::min(least, box.top - area.top);
  if (area.right < frame_width) least = std::min(least, area.right - box.right);
  if (area.bottom < frame_height) least = std::min(least, area.bottom - box.bottom);
  return least;
}

// Whether `piece` is what its part shows of the object that `whole` is the box of.
bool PartMerger::is_fragment(const Candidate& piece, const Candidate& whole, float least) {
  constexpr float kCut = 0.95F;         // of the whole box inside the piece's part: less is cut
  constexpr float kContained = 0.8F;    // of a piece inside the whole box
  constexpr float kSubstantial = 0.2F;  // of what the part shows of the whole: a smaller piece is a thing of its own
  const Box visible = intersect(whole.detection.box, piece.area);
  if (visible.area() >= kCut * whole.detection.box.area() && !piece.cuts.any()) return false;
  if (iou(visible, piece.detection.box) > least) return true;
  const float common = intersect(visible, piece.detection.box).area();
  return piece.cuts.any() && common > kContained * piece.detection.box.area() && common > kSubstantial * visible.area();
}

// Whether two pieces end at facing borders and go on in each other.
bool PartMerger::meet(const Candidate& a, const Candidate& b) {
  constexpr float kAligned = 0.6F;  // along the seam
  const Box& p = a.detection.box;
  const Box& q = b.detection.box;
  const auto touch = [](float end, float begin, float size) { return begin <= end + slack(size); };
  if (a.cuts.right && b.cuts.left && p.left < q.left && p.right < q.right && touch(p.right, q.left, p.width())) {
    return interval_iou(p.top, p.bottom, q.top, q.bottom) > kAligned;
  }
  if (a.cuts.bottom && b.cuts.top && p.top < q.top && p.bottom < q.bottom && touch(p.bottom, q.top, p.height())) {
    return interval_iou(p.left, p.right, q.left, q.right) > kAligned;
  }
  return false;
}

// Whether another part shows the place of a box with clearly more round it: what that part says of it holds, even if it
// says nothing.
bool PartMerger::shown_better(const Candidate& box, std::span<const Box> areas, std::span<const float> scales,
                              float frame_width, float frame_height) {
  constexpr float kClearly = 16;
  const bool told = scales.size() == areas.size();
  for (std::size_t i = 0; i < areas.size(); ++i) {
    if (i == box.part || intersect(areas[i], box.detection.box) != box.detection.box) continue;
    if (told && scales[i] < scales[box.part]) continue;
    if (context_of(box.detection.box, areas[i], frame_width, frame_height) > box.context + kClearly) return true;
  }
  return false;
}

void PartMerger::collect(std::span<const Box> areas, std::span<const float> scales, std::span<const PartBox> boxes,
                         float frame_width, float frame_height) {
  candidates_.clear();
  for (std::uint32_t i = 0; i < boxes.size(); ++i) {
    const std::uint32_t part = boxes[i].part;
    if (part >= areas.size() || !is_usable(boxes[i].detection)) continue;
    Candidate next{boxes[i].detection, areas[part], {}, 0, part, i};
    next.detection.box = intersect(next.detection.box, next.area);
    if (!is_usable(next.detection)) continue;
    next.cuts = cuts_of(next.detection.box, next.area, frame_width, frame_height);
    next.context = context_of(next.detection.box, next.area, frame_width, frame_height);
    if (!shown_better(next, areas, scales, frame_width, frame_height)) candidates_.push_back(next);
  }
  // Complete boxes first, by score; then pieces, the largest first.
  std::sort(candidates_.begin(), candidates_.end(), [](const Candidate& a, const Candidate& b) {
    const auto rank = [](const Candidate& c) { return c.cuts.any() ? c.detection.box.area() : c.detection.score; };
    if (a.cuts.any() != b.cuts.any()) return b.cuts.any();
    if (rank(a) != rank(b)) return rank(a) > rank(b);
    return std::tuple(a.detection.class_id, a.place) < std::tuple(b.detection.class_id, b.place);
  });
}

// Whether a box that is kept already accounts for `next`; it may take over score or extent.
bool PartMerger::absorbed(const Candidate& next, const PartMergeOptions& options) {
  for (Candidate& kept : kept_) {
    if (kept.detection.class_id != next.detection.class_id) continue;
    const bool same = iou(kept.detection.box, next.detection.box) > options.iou;
    if (same && !kept.cuts.any() && !next.cuts.any()) {
      if (next.part != kept.part && next.context > kept.context) kept = next;
      return true;
    }
    const float score = std::max(kept.detection.score, next.detection.score);
    if (same) {
      kept.detection.score = score;
      return true;
    }
    if (kept.part == next.part) continue;
    if (is_fragment(next, kept, options.fragment)) {
      kept.detection.score = score;
      return true;
    }
    if (!next.cuts.any() && is_fragment(kept, next, options.fragment)) {
      kept = next;
      kept.detection.score = score;
      return true;
    }
    if (meet(kept, next) || meet(next, kept)) {
      kept.detection.box = hull(kept.detection.box, next.detection.box);
      kept.area = hull(kept.area, next.area);
      kept.detection.score = score;
      return true;
    }
  }
  return false;
}

void PartMerger::run(std::span<const Box> areas, std::span<const PartBox> boxes, float frame_width, float frame_height,
                     const PartMergeOptions& options, std::vector<Detection>& merged, std::span<const float> scales) {
  collect(areas, scales, boxes, frame_width, frame_height);
  kept_.clear();
  for (const Candidate& next : candidates_) {
    if (!absorbed(next, options) && kept_.size() < options.keep) kept_.push_back(next);
  }
  std::sort(kept_.begin(), kept_.end(), [](const Candidate& a, const Candidate& b) {
    return std::tuple(-a.detection.score, a.place) < std::tuple(-b.detection.score, b.place);
  });
  merged.clear();
  for (const Candidate& kept : kept_) merged.push_back(kept.detection);
}

}  // namespace weir
