// SPDX-License-Identifier: Apache-2.0
#include "kernels/scene/canvas.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numbers>

#include "kernels/base/random.hpp"
#include "kernels/scene/world.hpp"

namespace weir::scene {
namespace {

constexpr std::uint32_t kInk = 0x07FFFFFFU;

int inked(const Canvas& canvas) { return canvas.count({0, 0, canvas.width(), canvas.height()}, 7); }

TEST(Canvas, SquareCoversThePixelsWhoseCentresItHolds) {
  Canvas canvas(20, 20);
  canvas.fill_convex(std::array<SubPixel, 4>{{{32, 48}, {32, 128}, {96, 128}, {96, 48}}}, kInk);
  EXPECT_EQ(inked(canvas), 4 * 5);
  EXPECT_EQ(canvas.extent().left, 2);
  EXPECT_EQ(canvas.extent().top, 3);
  EXPECT_EQ(canvas.extent().right, 6);
  EXPECT_EQ(canvas.extent().bottom, 8);
}

TEST(Canvas, NeighboursShareNoPixelAndLeaveNoGap) {
  Random random(5);
  for (int round = 0; round < 200; ++round) {
    Canvas canvas(40, 40);
    const auto anywhere = [&] { return static_cast<int>(random.below(640)); };
    const SubPixel cut_a{anywhere(), 0};
    const SubPixel cut_b{anywhere(), 640};
    canvas.fill_convex(std::array<SubPixel, 4>{{{0, 0}, {0, 640}, cut_b, cut_a}}, kInk);
    const int left = inked(canvas);
    canvas.fill_convex(std::array<SubPixel, 4>{{cut_a, cut_b, {640, 640}, {640, 0}}}, 0x08000000U);
    EXPECT_EQ(inked(canvas), left);
    EXPECT_EQ(canvas.count({0, 0, 40, 40}, 8), 1600 - left);
  }
}

TEST(Canvas, CutsShapesFarBeyondItsEdges) {
  Canvas canvas(16, 16);
  constexpr int kFar = 1 << 20;
  canvas.fill_convex(std::array<SubPixel, 4>{{{-kFar, -kFar}, {-kFar, kFar}, {kFar, kFar}, {kFar, -kFar}}}, kInk);
  EXPECT_EQ(inked(canvas), 256);
  canvas.reset_extent();
  canvas.fill_convex(std::array<SubPixel, 3>{{{-kFar, 0}, {-300, 100}, {-kFar, 100}}}, 0);
  EXPECT_TRUE(canvas.extent().empty());
  EXPECT_EQ(inked(canvas), 256);
}

TEST(Canvas, DarkeningKeepsLabels) {
  Canvas canvas(4, 4);
  canvas.fill_convex(std::array<SubPixel, 4>{{{0, 0}, {0, 64}, {64, 64}, {64, 0}}}, 0x07A0A0A0U);
  canvas.darken_convex(std::array<SubPixel, 4>{{{0, 0}, {0, 64}, {64, 64}, {64, 0}}});
  EXPECT_EQ(canvas.row(2)[2], 0x075A5A5AU);
}

TEST(Wave, FollowsTheSine) {
  for (double turn = -2; turn < 2; turn += 0.01) {
    EXPECT_NEAR(wave(turn), std::sin(2 * std::numbers::pi * turn), 0.0012) << turn;
  }
}

}  // namespace
}  // namespace weir::scene
