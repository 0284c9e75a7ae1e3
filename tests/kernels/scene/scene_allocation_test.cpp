// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "kernels/scene/road_scene.hpp"

namespace {
std::size_t allocations = 0;
}

void* operator new(std::size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size > 0 ? size : 1)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace weir {
namespace {

TEST(RoadScene, RenderingAllocatesNothing) {
  SceneOptions options;
  options.width = 320;
  options.height = 96;
  options.density = 2;
  RoadScene scene(options);
  std::vector<std::uint8_t> pixels(320 * 96 * 3);
  std::vector<TruthBox> truth;
  truth.reserve(255);
  const std::size_t before = allocations;
  ASSERT_GT(before, 0U);
  for (std::uint64_t frame = 0; frame < 300; ++frame) {
    scene.render(frame * 7, {pixels.data(), 320, 96, 960, PixelFormat::bgr8}, truth);
  }
  EXPECT_EQ(allocations, before);
}

}  // namespace
}  // namespace weir
