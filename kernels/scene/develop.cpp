// SPDX-License-Identifier: Apache-2.0
#include "kernels/scene/develop.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "kernels/base/random.hpp"

namespace weir::scene {
namespace {

constexpr std::uint64_t kStretch = 1 << 14;  // how many different starts into the noise there are

void pack_bgr(const std::uint32_t* from, int count, std::uint8_t* to) {
  int x = 0;
  if constexpr (std::endian::native == std::endian::little) {
    for (; x + 4 <= count; x += 4) {
      const std::uint32_t a = from[x], b = from[x + 1], c = from[x + 2], d = from[x + 3];
      const std::uint32_t words[3] = {(a & 0xFFFFFFU) | (b << 24), ((b >> 8) & 0xFFFFU) | (c << 16),
                                      ((c >> 16) & 0xFFU) | (d << 8)};
      std::memcpy(to + 3 * x, words, sizeof words);
    }
  }
  for (; x < count; ++x) {
    to[3 * x] = static_cast<std::uint8_t>(from[x]);
    to[3 * x + 1] = static_cast<std::uint8_t>(from[x] >> 8);
    to[3 * x + 2] = static_cast<std::uint8_t>(from[x] >> 16);
  }
}

/// ITU-R BT.601 luma in eighths of a bit, as usual for grey conversion.
void pack_gray(const std::uint32_t* from, int count, std::uint8_t* to) {
  for (int x = 0; x < count; ++x) {
    const std::uint32_t p = from[x];
    to[x] = static_cast<std::uint8_t>(((p & 255) * 29 + ((p >> 8) & 255) * 150 + ((p >> 16) & 255) * 77 + 128) >> 8);
  }
}

void add_noise(const std::uint8_t* from, const std::int8_t* noise, int count, std::uint8_t* to) {
  for (int i = 0; i < count; ++i) {
    const auto sum = static_cast<std::int16_t>(from[i] + noise[i]);
    to[i] = static_cast<std::uint8_t>(std::clamp<std::int16_t>(sum, 0, 255));
  }
}

}  // namespace

Sensor::Sensor(int width, double deviation, std::uint64_t seed)
    : seed_(seed), line_(static_cast<std::size_t>(width) * 3) {
  if (deviation <= 0) return;
  Random random(seed);
  noise_.resize(kStretch + line_.size());
  for (std::int8_t& n : noise_) {
    // The sum of twelve bytes' worth of chance is normal enough and needs no library function.
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += random.uniform();
    const double level = std::clamp(sum * deviation, -127.0, 127.0);
    n = static_cast<std::int8_t>(level < 0 ? level - 0.5 : level + 0.5);
  }
}

void Sensor::develop(const Canvas& canvas, std::uint64_t frame, MutableImageView out) {
  const int width = std::min(canvas.width(), out.width);
  const int height = std::min(canvas.height(), out.height);
  const int bytes = width * bytes_per_pixel(out.format);
  Random random(seed_ ^ (frame * 0xA0761D6478BD642FULL));
  for (int y = 0; y < height; ++y) {
    std::uint8_t* const packed = noise_.empty() ? out.row(y) : line_.data();
    if (out.format == PixelFormat::bgr8) {
      pack_bgr(canvas.row(y), width, packed);
    } else {
      pack_gray(canvas.row(y), width, packed);
    }
    if (!noise_.empty()) add_noise(packed, noise_.data() + random.next() % kStretch, bytes, out.row(y));
  }
}

}  // namespace weir::scene
