// SPDX-License-Identifier: Apache-2.0
#include "kernels/detect/nms.hpp"

#include <algorithm>

namespace weir {

void Nms::reserve(std::size_t count) {
  order_.reserve(count);
  kept_.reserve(count);
}

void Nms::sort_valid(const std::vector<Detection>& boxes) {
  order_.clear();
  for (std::uint32_t i = 0; i < boxes.size(); ++i) {
    if (is_usable(boxes[i])) order_.push_back(i);
  }
  std::sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) {
    if (boxes[a].score != boxes[b].score) return boxes[a].score > boxes[b].score;
    if (boxes[a].class_id != boxes[b].class_id) return boxes[a].class_id < boxes[b].class_id;
    return a < b;
  });
}

bool Nms::suppressed(const Detection& box, const NmsOptions& options) const {
  return std::any_of(kept_.begin(), kept_.end(), [&](const Detection& better) {
    return (options.across_classes || better.class_id == box.class_id) && iou(better.box, box.box) > options.iou;
  });
}

void Nms::run(std::vector<Detection>& boxes, const NmsOptions& options) {
  sort_valid(boxes);
  kept_.clear();
  for (const std::uint32_t i : order_) {
    if (kept_.size() >= options.keep) break;
    if (!suppressed(boxes[i], options)) kept_.push_back(boxes[i]);
  }
  boxes.assign(kept_.begin(), kept_.end());
}

}  // namespace weir
