// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

namespace weir {

/// An axis-aligned box in pixels of the original frame, 0-based, `right` and `bottom` exclusive (width = right - left).
struct Box {
  float left = 0, top = 0, right = 0, bottom = 0;

  float width() const { return right - left; }
  float height() const { return bottom - top; }
  float area() const { return std::max(0.F, width()) * std::max(0.F, height()); }
  float center_x() const { return 0.5F * (left + right); }
  float center_y() const { return 0.5F * (top + bottom); }
  bool operator==(const Box&) const = default;
};

/// The common part of two boxes; its area is 0 where they do not meet.
inline Box intersect(const Box& a, const Box& b) {
  return {std::max(a.left, b.left), std::max(a.top, b.top), std::min(a.right, b.right), std::min(a.bottom, b.bottom)};
}

/// Intersection over union, in [0, 1]; 0 when both are empty.
inline float iou(const Box& a, const Box& b) {
  const float common = intersect(a, b).area();
  const float all = a.area() + b.area() - common;
  return all > 0 ? common / all : 0.F;
}

/// `box` cut to the rectangle [0, width] x [0, height].
inline Box clip(const Box& box, float width, float height) {
  return {std::clamp(box.left, 0.F, width), std::clamp(box.top, 0.F, height), std::clamp(box.right, 0.F, width),
          std::clamp(box.bottom, 0.F, height)};
}

}  // namespace weir
