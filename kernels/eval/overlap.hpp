// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "kernels/geometry/box.hpp"

namespace weir {

// Overlaps in double precision: the scores compare them with thresholds as the public evaluators do.

inline double area_of(const Box& box) {
  return std::max(0.0, double{box.right} - double{box.left}) * std::max(0.0, double{box.bottom} - double{box.top});
}

/// Intersection over union, in [0, 1].
inline double overlap_of_union(const Box& a, const Box& b) {
  const double common = area_of(intersect(a, b));
  const double all = area_of(a) + area_of(b) - common;
  return all > 0 ? common / all : 0;
}

/// The share of `box` that lies in `area`, in [0, 1].
inline double overlap_of_box(const Box& box, const Box& area) {
  const double own = area_of(box);
  return own > 0 ? area_of(intersect(box, area)) / own : 0;
}

}  // namespace weir
