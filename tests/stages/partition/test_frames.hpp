// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>
#include <utility>

#include "kernels/base/random.hpp"
#include "pipeline/payloads.hpp"

namespace weir::test {

/// A frame of random blocks; frames of one seed look alike, those of another do not.
inline Frame picture(int width = 1242, int height = 375, std::uint64_t seed = 1,
                     PixelFormat format = PixelFormat::bgr8) {
  Frame frame;
  const MutableImageView image = frame.allocate(width, height, format);
  Random random(seed);
  std::array<std::uint8_t, 24 * 12> blocks{};
  for (std::uint8_t& block : blocks) block = static_cast<std::uint8_t>(random.below(256));
  const int step = bytes_per_pixel(format);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width * step; ++x) {
      image.row(y)[x] = blocks[static_cast<std::size_t>(y * 12 / height * 24 + x * 24 / (width * step))];
    }
  }
  return frame;
}

template <typename T>
Packet packet_of(T payload) {
  auto* packet = std::make_shared<detail::Pool<T>>()->take();
  packet->value = std::move(payload);
  return Packet(packet);
}

inline Region region(const Box& box, std::int64_t track_id = 1) {
  Region region;
  region.box = box;
  region.track_id = track_id;
  region.margin = {4, 3, 4, 3};
  return region;
}

}  // namespace weir::test
