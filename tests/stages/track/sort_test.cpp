// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "pipeline/harness.hpp"
#include "pipeline/payloads.hpp"
#include "stages/register.hpp"

namespace weir {
namespace {

Detections car_at(float left) {
  Detections detections;
  detections.classes = std::make_shared<const ClassNames>(ClassNames{"car"});
  detections.items.push_back({{left, 100, left + 80, 160}, 0.9F, 0});
  return detections;
}

TEST(TrackSort, KeepsTheIdentityOfAMovingCar) {
  Registry registry;
  ASSERT_TRUE(register_track_stages(registry));
  StageHarness harness(registry, "track.sort", {{"min_hits", "1"}});
  ASSERT_TRUE(harness.open());
  for (int frame = 0; frame < 10; ++frame) {
    harness.feed("detections", car_at(10.0F * static_cast<float>(frame)));
    ASSERT_TRUE(harness.run());
    const Tracks* tracks = harness.output<Tracks>("tracks");
    ASSERT_NE(tracks, nullptr);
    ASSERT_EQ(tracks->items.size(), 1U);
    EXPECT_EQ(tracks->items.front().id, 1);
    EXPECT_EQ((*tracks->classes)[0], "car");
  }
}

TEST(TrackSort, PredictsWhileACarIsNotSeen) {
  Registry registry;
  ASSERT_TRUE(register_track_stages(registry));
  StageHarness harness(registry, "track.sort", {{"min_hits", "1"}, {"publish_missed", "2"}});
  ASSERT_TRUE(harness.open());
  for (int frame = 0; frame < 6; ++frame) {
    harness.feed("detections", car_at(10.0F * static_cast<float>(frame)));
    ASSERT_TRUE(harness.run());
  }
  for (const std::size_t published : {1U, 1U, 0U}) {
    Detections nothing = car_at(0);
    nothing.items.clear();
    harness.feed("detections", nothing);
    ASSERT_TRUE(harness.run());
    ASSERT_EQ(harness.output<Tracks>("tracks")->items.size(), published);
  }
}

}  // namespace
}  // namespace weir
