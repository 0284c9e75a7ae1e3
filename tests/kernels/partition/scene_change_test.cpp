// SPDX-License-Identifier: Apache-2.0
#include "kernels/partition/scene_change.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "kernels/base/random.hpp"

namespace weir {
namespace {

/// A picture of blocks; `brighter` is added to each pixel.
struct Picture {
  Picture(int w, int h, std::uint64_t seed, int brighter = 0, PixelFormat f = PixelFormat::bgr8)
      : width(w), height(h), format(f) {
    const auto step = static_cast<std::size_t>(bytes_per_pixel(f));
    pixels.resize(static_cast<std::size_t>(w) * static_cast<std::size_t>(h) * step);
    Random random(seed);
    std::vector<int> blocks(16 * 16);
    for (int& block : blocks) block = static_cast<int>(random.uniform(20, 200));
    for (int y = 0; y < h; ++y) {
      for (int x = 0; x < w; ++x) {
        const int value = blocks[static_cast<std::size_t>(y * 16 / h * 16 + x * 16 / w)] + brighter;
        for (std::size_t c = 0; c < step; ++c) {
          pixels[(static_cast<std::size_t>(y) * static_cast<std::size_t>(w) + static_cast<std::size_t>(x)) * step + c] =
              static_cast<std::uint8_t>(value);
        }
      }
    }
  }
  ImageView view() const {
    return {pixels.data(), width, height, static_cast<std::ptrdiff_t>(width) * bytes_per_pixel(format), format};
  }
  int width, height;
  PixelFormat format;
  std::vector<std::uint8_t> pixels;
};

TEST(SceneChange, TellsTheSameFromAnother) {
  for (const PixelFormat format : {PixelFormat::bgr8, PixelFormat::gray8}) {
    SceneChange change;
    const Picture one(400, 200, 1, 0, format), other(400, 200, 2, 0, format);
    EXPECT_EQ(change.run(one.view()), 0) << "the first";
    EXPECT_EQ(change.run(one.view()), 0);
    EXPECT_GT(change.run(other.view()), 0.15F);
    EXPECT_EQ(change.run(other.view()), 0);
  }
}

TEST(SceneChange, ABrighterFrameIsNoOtherScene) {
  SceneChange change;
  change.run(Picture(400, 200, 1).view());
  EXPECT_LT(change.run(Picture(400, 200, 1, 40).view()), 0.005F);
}

TEST(SceneChange, TinyFramesAndOtherSizesWork) {
  SceneChange change;
  change.run(Picture(400, 200, 1).view());
  EXPECT_GT(change.run(Picture(800, 400, 2).view()), 0.15F) << "another scene at another size";
  EXPECT_GE(change.run(Picture(1, 1, 3).view()), 0);
}

}  // namespace
}  // namespace weir
