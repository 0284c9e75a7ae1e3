// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/geometry/box.hpp"

namespace weir {

/// A rectangle of whole pixels, `right` and `bottom` exclusive.
struct PixelRect {
  std::int32_t left = 0, top = 0, right = 0, bottom = 0;

  std::int32_t width() const { return right - left; }
  std::int32_t height() const { return bottom - top; }
  std::int64_t area() const { return std::int64_t{width()} * height(); }
  bool empty() const { return right <= left || bottom <= top; }
  bool contains(const PixelRect& other) const {
    return left <= other.left && top <= other.top && right >= other.right && bottom >= other.bottom;
  }
  bool operator==(const PixelRect&) const = default;
};

/// The smallest rectangle that holds both; neither is empty.
inline PixelRect join(const PixelRect& a, const PixelRect& b) {
  return {std::min(a.left, b.left), std::min(a.top, b.top), std::max(a.right, b.right), std::max(a.bottom, b.bottom)};
}

/// The same in floating point.
inline Box to_box(const PixelRect& r) {
  return {static_cast<float>(r.left), static_cast<float>(r.top), static_cast<float>(r.right),
          static_cast<float>(r.bottom)};
}

}  // namespace weir
