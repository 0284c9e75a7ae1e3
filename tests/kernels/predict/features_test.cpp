// SPDX-License-Identifier: Apache-2.0
#include "kernels/predict/features.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "kernels/base/random.hpp"

namespace weir {
namespace {

constexpr int kWidth = 1000, kHeight = 400;

BoxFeatures features_of(const std::vector<std::vector<IdentifiedBox>>& frames, std::int64_t id) {
  BoxHistory history;
  FeatureBuilder builder;
  std::span<const BoxFeatures> features;
  for (const auto& frame : frames) {
    history.advance(frame, kWidth, kHeight);
    features = builder.build(history);
  }
  return features[history.find(id)];
}

IdentifiedBox object(std::int64_t id, float x, float y, float width = 50, float height = 40) {
  return {{x, y, x + width, y + height}, id, 1};
}

TEST(BoxFeatures, TellTheOwnChangeInBoxSizes) {
  const BoxFeatures f = features_of({{object(1, 100, 100)}, {object(1, 105, 102)}}, 1);
  EXPECT_NEAR(f[0], 1, 1e-5);    // 10 * 5 / 50
  EXPECT_NEAR(f[1], 0.5, 1e-5);  // 10 * 2 / 40
  EXPECT_NEAR(f[2], 0, 1e-5);
  for (std::size_t i = 4; i < 12; ++i) EXPECT_EQ(f[i], 0) << "no other object: " << i;
  EXPECT_EQ(f[13], 0);
  EXPECT_EQ(features_of({{object(1, 100, 100)}}, 1)[13], 1) << "new";
}

TEST(BoxFeatures, TellTheMedianOfTheOthersWithoutTheObject) {
  const std::vector<std::vector<IdentifiedBox>> frames{
      {object(1, 100, 100), object(2, 200, 100), object(3, 300, 100), object(4, 400, 100)},
      {object(1, 190, 100), object(2, 202, 100), object(3, 305, 100), object(4, 411, 100)}};
  EXPECT_NEAR(features_of(frames, 1)[4], 1, 1e-5);    // median of 2, 5, 11
  EXPECT_NEAR(features_of(frames, 2)[4], 2.2, 1e-5);  // of 5, 11, 90
  EXPECT_NEAR(features_of(frames, 4)[4], 1, 1e-5);    // of 2, 5, 90
  EXPECT_NEAR(features_of(frames, 4)[11], 3.0 / 8, 1e-5);
}

TEST(BoxFeatures, SeparateTurningFromGoingAhead) {
  // Things that stand still, at depths of 10 and 20: the camera goes ahead by 1 and turns by 8 pixels.
  const auto seen = [](std::int64_t id, float x, float y, float depth, float turn) {
    const float size = 400 / depth;
    const float cx = 500 + x * size + turn, cy = 200 + y * size;
    return IdentifiedBox{{cx - size, cy - size / 2, cx + size, cy + size / 2}, id, 1};
  };
  const std::vector<std::vector<IdentifiedBox>> frames{
      {seen(1, -4, 1, 10, 0), seen(2, 3, 1, 20, 0), seen(3, 2, 0.5F, 10, 0)},
      {seen(1, -4, 1, 9, 8), seen(2, 3, 1, 19, 8), seen(3, 2, 0.5F, 9, 8)}};
  const BoxFeatures f = features_of(frames, 2);
  const float size = 400.F / 19;
  EXPECT_NEAR(f[8], 10 * 8 / (2 * size), 0.8) << "turn";
  EXPECT_NEAR(f[9], 0, 0.5) << "nod";
  EXPECT_NEAR(f[10], 10 * std::log(20.F / 19), 0.05) << "growth at its own depth";
}

TEST(BoxFeatures, StayWithinTheirLimits) {
  Random random(3);
  BoxHistory history;
  FeatureBuilder builder;
  for (int frame = 0; frame < 50; ++frame) {
    std::vector<IdentifiedBox> boxes;
    for (std::int64_t id = 0; id < 20; ++id) {
      const auto x = static_cast<float>(random.uniform(-2000, 3000)), y = static_cast<float>(random.uniform(-900, 900));
      const auto width = static_cast<float>(std::exp(random.uniform(-5, 7)));
      if (random.uniform() < 0.8) boxes.push_back(object(id, x, y, width, width));
    }
    history.advance(boxes, kWidth, kHeight);
    for (const BoxFeatures& f : builder.build(history)) {
      for (const float value : f) ASSERT_TRUE(std::abs(value) <= 8) << value;
    }
  }
}

}  // namespace
}  // namespace weir
