// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "kernels/base/random.hpp"
#include "kernels/image/image_view.hpp"

namespace weir::test {

/// A smooth texture that can be sampled anywhere, so that moves are exact.
class Texture {
 public:
  explicit Texture(std::uint64_t seed) {
    Random random(seed);
    for (Wave& wave : waves_) {
      const double length = random.uniform(20, 90), angle = random.uniform(0, 2 * std::numbers::pi);
      wave.x = 2 * std::numbers::pi * std::cos(angle) / length;
      wave.y = 2 * std::numbers::pi * std::sin(angle) / length;
      wave.phase = random.uniform(0, 2 * std::numbers::pi);
    }
  }

  double at(double x, double y) const {
    double sum = 0;
    for (const Wave& wave : waves_) sum += std::sin(wave.x * x + wave.y * y + wave.phase);
    return 128 + 110 * sum / static_cast<double>(waves_.size());
  }

 private:
  struct Wave {
    double x = 0, y = 0, phase = 0;
  };
  std::array<Wave, 8> waves_;
};

/// Pixels that own themselves.
struct Picture {
  int width = 0, height = 0;
  PixelFormat format = PixelFormat::gray8;
  std::vector<std::uint8_t> pixels;

  Picture(int w, int h, PixelFormat f = PixelFormat::gray8)
      : width(w), height(h), format(f), pixels(static_cast<std::size_t>(w * h * bytes_per_pixel(f))) {}

  ImageView view() const {
    return {pixels.data(), width, height, std::ptrdiff_t{width} * bytes_per_pixel(format), format};
  }
  void set(int x, int y, double value) {
    const auto bytes = static_cast<std::size_t>(bytes_per_pixel(format));
    const std::size_t at = static_cast<std::size_t>(y * width + x) * bytes;
    for (std::size_t i = 0; i < bytes; ++i) pixels[at + i] = static_cast<std::uint8_t>(std::lround(value));
  }
};

/// The texture after everything moved by (dx, dy) at the centre and grew by `growth`.
inline Picture moved(const Texture& texture, double dx, double dy, double growth,
                     PixelFormat format = PixelFormat::gray8, int width = 640, int height = 200) {
  Picture picture(width, height, format);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double from_x = 0.5 * width + (x + 0.5 - 0.5 * width - dx) / (1 + growth);
      const double from_y = 0.5 * height + (y + 0.5 - 0.5 * height - dy) / (1 + growth);
      picture.set(x, y, texture.at(from_x, from_y));
    }
  }
  return picture;
}

}  // namespace weir::test
