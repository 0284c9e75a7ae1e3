// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace weir {

/// How the bytes of a pixel are laid out.
enum class PixelFormat : std::uint8_t {
  bgr8,   ///< 3 bytes per pixel: blue, green, red.
  gray8,  ///< 1 byte per pixel.
};

constexpr int bytes_per_pixel(PixelFormat format) { return format == PixelFormat::bgr8 ? 3 : 1; }

/// Borrowed, read-only pixels: `height` rows of `width` pixels, `stride` bytes from row to row.
struct ImageView {
  const std::uint8_t* data = nullptr;
  int width = 0;
  int height = 0;
  std::ptrdiff_t stride = 0;
  PixelFormat format = PixelFormat::bgr8;

  const std::uint8_t* row(int y) const { return data + y * stride; }
  bool empty() const { return data == nullptr || width <= 0 || height <= 0; }

  /// The rectangle at (x, y) of the given size, sharing these pixels; it must lie inside.
  ImageView crop(int x, int y, int crop_width, int crop_height) const {
    return {row(y) + static_cast<std::ptrdiff_t>(x) * bytes_per_pixel(format), crop_width, crop_height, stride, format};
  }
};

/// Borrowed pixels that may be written.
struct MutableImageView {
  std::uint8_t* data = nullptr;
  int width = 0;
  int height = 0;
  std::ptrdiff_t stride = 0;
  PixelFormat format = PixelFormat::bgr8;

  std::uint8_t* row(int y) const { return data + y * stride; }
  operator ImageView() const { return {data, width, height, stride, format}; }  // NOLINT: read-only is always safe
};

}  // namespace weir
