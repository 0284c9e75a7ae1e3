// SPDX-License-Identifier: Apache-2.0
#include "kernels/motion/motion_model.hpp"

#include <gtest/gtest.h>

namespace weir {
namespace {

std::vector<FlowPoint> moving(int count, float dx, float dy, float growth, std::uint64_t seed) {
  Random random(seed);
  std::vector<FlowPoint> points;
  for (int i = 0; i < count; ++i) {
    const auto x = static_cast<float>(random.uniform(0, 1200)), y = static_cast<float>(random.uniform(0, 370));
    points.push_back({x, y, dx + growth * (x - 600), dy + growth * (y - 185)});
  }
  return points;
}

TEST(MotionFit, FindsTheMotionOfMostPoints) {
  std::vector<FlowPoint> points = moving(50, 12, -3, 0.02F, 1);
  Random random(2);
  for (int i = 0; i < 40; ++i) {
    points.push_back({static_cast<float>(random.uniform(0, 1200)), static_cast<float>(random.uniform(0, 370)),
                      static_cast<float>(random.uniform(-60, 60)), static_cast<float>(random.uniform(-60, 60))});
  }
  MotionFit fit;
  const PictureMotion motion = fit.fit(points, 600, 185, 2, random);
  ASSERT_TRUE(motion.known);
  EXPECT_NEAR(motion.shift_x, 12, 0.05);
  EXPECT_NEAR(motion.shift_y, -3, 0.05);
  EXPECT_NEAR(motion.growth, 0.02, 2e-4);
  EXPECT_GE(motion.agreeing, 50);
  EXPECT_EQ(motion.points, 90);
  const Box box = motion.moved({600, 185, 700, 285});
  EXPECT_NEAR(box.left, 612, 0.1);
  EXPECT_NEAR(box.bottom, 284, 0.2);
}

TEST(MotionFit, KnowsNothingFromFewOrDisagreeingPoints) {
  MotionFit fit;
  Random random(3);
  EXPECT_FALSE(fit.fit({}, 600, 185, 2, random).known);
  EXPECT_FALSE(fit.fit(moving(7, 5, 5, 0, 4), 600, 185, 2, random).known);
  std::vector<FlowPoint> wild = moving(60, 0, 0, 0, 5);
  for (FlowPoint& point : wild) {
    point.dx = static_cast<float>(random.uniform(-80, 80));
    point.dy = static_cast<float>(random.uniform(-80, 80));
  }
  const PictureMotion motion = fit.fit(wild, 600, 185, 2, random);
  EXPECT_FALSE(motion.known);
  EXPECT_EQ(motion.shift_x, 0);
  EXPECT_FALSE(fit.fit(std::vector<FlowPoint>(20, FlowPoint{9, 9, 1, 1}), 600, 185, 2, random).known)
      << "points in one place tell no growth";
}

}  // namespace
}  // namespace weir
