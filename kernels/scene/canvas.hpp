// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace weir::scene {

/// A point on the canvas in 1/16 pixel.
struct SubPixel {
  int x = 0, y = 0;
};

/// The pixels something covers: right and bottom exclusive, empty when right <= left.
struct Extent {
  int left = 0, top = 0, right = 0, bottom = 0;
  bool empty() const { return right <= left || bottom <= top; }
};

/// A picture of 32-bit pixels: blue, green, red, and in the top byte the label of what was drawn there last.
/// A pixel belongs to a shape when its centre does; all rasterising is in integers. Thread-compatible.
class Canvas {
 public:
  Canvas(int width, int height);

  int width() const { return width_; }
  int height() const { return height_; }
  const std::uint32_t* row(int y) const { return pixels_.data() + static_cast<std::size_t>(y) * width_; }

  /// Fills [left, right) of row y, cut to the canvas; `pixel` carries colour and label.
  void fill_span(int y, int left, int right, std::uint32_t pixel);

  /// Fills a convex polygon of at least three points, in either direction of turn.
  void fill_convex(std::span<const SubPixel> points, std::uint32_t pixel);

  /// Darkens a convex polygon to 9/16, keeping labels and the extent.
  void darken_convex(std::span<const SubPixel> points);

  /// Forgets the extent of what was filled so far.
  void reset_extent() { extent_ = {width_, height_, 0, 0}; }

  /// What the fills since reset_extent() cover, cut to the canvas.
  const Extent& extent() const { return extent_; }

  /// Number of pixels within `area` (inside the canvas) that carry `label`.
  int count(const Extent& area, std::uint8_t label) const;

 private:
  template <typename Paint>
  void scan(std::span<const SubPixel> points, Paint paint);

  int width_;
  int height_;
  std::vector<std::uint32_t> pixels_;
  std::vector<int> left_;  ///< per row of the polygon in work, 1/16 pixel
  std::vector<int> right_;
  Extent extent_;
};

}  // namespace weir::scene
