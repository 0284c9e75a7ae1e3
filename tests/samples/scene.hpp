// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/base/random.hpp"
#include "pipeline/payloads.hpp"

namespace weir::test {

/// Draws grey rectangles in random places.
inline void draw_scene(std::uint64_t seed, const MutableImageView& image) {
  Random random(seed);
  std::fill_n(image.data, static_cast<std::size_t>(image.stride) * static_cast<std::size_t>(image.height), 90);
  const auto below = [&](int n) { return static_cast<int>(random.below(static_cast<std::uint64_t>(n))); };
  for (int i = 0; i < 60; ++i) {
    const int x = below(image.width - 10), y = below(image.height - 10);
    const int w = 6 + below(40), h = 6 + below(30), grey = below(256);
    for (int v = y; v < std::min(y + h, image.height); ++v) {
      std::fill(image.row(v) + 3 * x, image.row(v) + 3 * std::min(x + w, image.width), static_cast<std::uint8_t>(grey));
    }
  }
}

}  // namespace weir::test
