// SPDX-License-Identifier: Apache-2.0
#include "kernels/predict/camera_correction.hpp"

#include <gtest/gtest.h>

namespace weir {
namespace {

constexpr float kShare = CameraCorrection::kShare;

PictureMotion moving(float x, float y) {
  PictureMotion motion;
  motion.known = true;
  motion.shift_x = x;
  motion.shift_y = y;
  return motion;
}

TEST(CameraCorrection, LeavesASteadyCameraAlone) {
  CameraCorrection correction;
  for (int frame = 0; frame < 20; ++frame) correction.add(moving(-3, 1), frame);
  const PixelShift shift = correction.between(15, 19);
  EXPECT_NEAR(shift.x, 0, 1e-4);
  EXPECT_NEAR(shift.y, 0, 1e-4);
}

TEST(CameraCorrection, AddsAShareOfWhatIsUnusual) {
  CameraCorrection correction;
  for (int frame = 0; frame < 10; ++frame) correction.add(moving(2, 0), frame);
  correction.add(moving(2, 5), 10);
  correction.add(moving(8, 5), 11);
  EXPECT_NEAR(correction.between(9, 10).y, kShare * 5, 1e-4);
  EXPECT_NEAR(correction.between(9, 11).y, kShare * 10, 1e-4);
  EXPECT_NEAR(correction.between(9, 11).x, kShare * 6, 1e-4);
  EXPECT_NEAR(correction.between(10, 11).x, kShare * 6, 1e-4) << "against what was usual up to frame 10";
  const PredictedBox moved = shifted_by({{10, 20, 30, 40}, {}, {}}, {1, -2});
  EXPECT_EQ(moved.box, (Box{11, 18, 31, 38}));
}

TEST(CameraCorrection, CountsWhatIsNotKnownAsUsual) {
  CameraCorrection correction;
  EXPECT_EQ(correction.between(0, 1).x, 0);
  correction.add({}, 0);
  correction.add(moving(50, 0), 1);
  EXPECT_EQ(correction.between(0, 1).x, 0) << "nothing was usual before";
  correction.add({}, 2);
  EXPECT_EQ(correction.between(1, 2).x, 0);
  correction.add(moving(100, 0), 4);  // two frames at once
  EXPECT_NEAR(correction.between(2, 4).x, 0, 1e-4);
  correction.reset();
  correction.add(moving(1, 1), 5);
  EXPECT_EQ(correction.between(4, 5).x, 0) << "frame 4 is forgotten";
}

TEST(CameraCorrection, ForgetsWhatIsLongAgo) {
  CameraCorrection correction;
  for (int frame = 0; frame < 100; ++frame) correction.add(moving(frame < 50 ? 0 : 9, 0), frame);
  EXPECT_EQ(correction.between(40, 60).x, 0) << "frame 40 is no longer kept";
  EXPECT_NEAR(correction.between(98, 99).x, 0, 0.05);
}

}  // namespace
}  // namespace weir
