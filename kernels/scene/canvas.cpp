// SPDX-License-Identifier: Apache-2.0
#include "kernels/scene/canvas.hpp"

#include <algorithm>
#include <limits>

namespace weir::scene {
namespace {

/// The first pixel whose centre is at or beyond a coordinate in 1/16 pixel.
constexpr int first_pixel(int sub) { return (sub + 7) >> 4; }

}  // namespace

Canvas::Canvas(int width, int height)
    : width_(width), height_(height), pixels_(static_cast<std::size_t>(width) * height), left_(height), right_(height) {
  reset_extent();
}

void Canvas::fill_span(int y, int left, int right, std::uint32_t pixel) {
  left = std::max(left, 0);
  right = std::min(right, width_);
  if (y < 0 || y >= height_ || left >= right) return;
  std::uint32_t* const line = pixels_.data() + static_cast<std::size_t>(y) * width_;
  std::fill(line + left, line + right, pixel);
}

template <typename Paint>
void Canvas::scan(std::span<const SubPixel> points, Paint paint) {
  int low = points[0].y;
  int high = points[0].y;
  for (const SubPixel& p : points) {
    low = std::min(low, p.y);
    high = std::max(high, p.y);
  }
  const int top = std::max(first_pixel(low), 0);
  const int bottom = std::min(first_pixel(high), height_);
  if (top >= bottom) return;
  std::fill(left_.begin() + top, left_.begin() + bottom, std::numeric_limits<int>::max());
  std::fill(right_.begin() + top, right_.begin() + bottom, std::numeric_limits<int>::min());
  for (std::size_t i = 0; i < points.size(); ++i) {
    SubPixel a = points[i];
    SubPixel b = points[i + 1 == points.size() ? 0 : i + 1];
    if (a.y > b.y) std::swap(a, b);
    const int from = std::max(first_pixel(a.y), top);
    const int to = std::min(first_pixel(b.y), bottom);
    if (from >= to) continue;
    const std::int64_t step = (static_cast<std::int64_t>(b.x - a.x) * 65536 * 16) / (b.y - a.y);
    std::int64_t x = static_cast<std::int64_t>(a.x) * 65536 + step * (from * 16 + 8 - a.y) / 16;
    for (int y = from; y < to; ++y, x += step) {
      const int at = static_cast<int>(x >> 16);
      left_[y] = std::min(left_[y], at);
      right_[y] = std::max(right_[y], at);
    }
  }
  for (int y = top; y < bottom; ++y) {
    const int from = std::max(first_pixel(left_[y]), 0);
    const int to = std::min(first_pixel(right_[y]), width_);
    if (from < to) paint(y, from, to);
  }
}

void Canvas::fill_convex(std::span<const SubPixel> points, std::uint32_t pixel) {
  scan(points, [&](int y, int from, int to) {
    std::uint32_t* const line = pixels_.data() + static_cast<std::size_t>(y) * width_;
    std::fill(line + from, line + to, pixel);
    extent_.left = std::min(extent_.left, from);
    extent_.right = std::max(extent_.right, to);
    extent_.top = std::min(extent_.top, y);
    extent_.bottom = std::max(extent_.bottom, y + 1);
  });
}

void Canvas::darken_convex(std::span<const SubPixel> points) {
  scan(points, [&](int y, int from, int to) {
    std::uint32_t* const line = pixels_.data() + static_cast<std::size_t>(y) * width_;
    for (int x = from; x < to; ++x) {
      const std::uint32_t p = line[x];
      line[x] = (p & 0xFF000000U) | (((p >> 1) & 0x7F7F7FU) + ((p >> 4) & 0x0F0F0FU));
    }
  });
}

int Canvas::count(const Extent& area, std::uint8_t label) const {
  int total = 0;
  for (int y = area.top; y < area.bottom; ++y) {
    const std::uint32_t* const line = row(y);
    for (int x = area.left; x < area.right; ++x) total += (line[x] >> 24) == label ? 1 : 0;
  }
  return total;
}

}  // namespace weir::scene
