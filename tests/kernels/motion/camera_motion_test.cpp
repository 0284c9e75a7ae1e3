// SPDX-License-Identifier: Apache-2.0
#include "kernels/motion/camera_motion.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <opencv2/imgcodecs.hpp>

#include "tests/kernels/motion/textured.hpp"
#include "tests/support/allocation_count.hpp"

namespace weir {
namespace {

using test::moved;
using test::Picture;
using test::Texture;

TEST(CameraMotion, MeasuresShiftsAndGrowthExactly) {
  const Texture texture(1);
  struct Case {
    double dx, dy, growth;
  };
  for (const Case& c : {Case{0, 0, 0}, Case{3.3, -1.7, 0}, Case{-14, 6, 0}, Case{50, -20, 0}, Case{0, 0, 0.03},
                        Case{-8.5, 2.5, -0.02}, Case{5, 5, 0.05}}) {
    CameraMotion camera;
    EXPECT_FALSE(camera.next(moved(texture, 0, 0, 0).view()).known) << "the first frame";
    const PictureMotion& motion = camera.next(moved(texture, c.dx, c.dy, c.growth).view());
    ASSERT_TRUE(motion.known) << c.dx << " " << c.dy << " " << c.growth;
    EXPECT_NEAR(motion.shift_x, c.dx, 0.25);
    EXPECT_NEAR(motion.shift_y, c.dy, 0.25);
    EXPECT_NEAR(motion.growth, c.growth, 1e-3);
  }
}

TEST(CameraMotion, SeesTheSameInColour) {
  const Texture texture(2);
  CameraMotion gray, color;
  gray.next(moved(texture, 0, 0, 0).view());
  color.next(moved(texture, 0, 0, 0, PixelFormat::bgr8).view());
  const PictureMotion a = gray.next(moved(texture, 9, 1, 0.01).view());
  const PictureMotion b = color.next(moved(texture, 9, 1, 0.01, PixelFormat::bgr8).view());
  EXPECT_EQ(a.shift_x, b.shift_x);
  EXPECT_EQ(a.growth, b.growth);
}

TEST(CameraMotion, LeavesObjectsOut) {
  const Texture texture(3), other(4);
  const Box object{100, 10, 520, 190};  // more than half of the picture
  const auto draw = [&](double camera, double own) {
    Picture picture = moved(texture, camera, 0, 0);
    for (int y = 10; y < 190; ++y) {
      for (int x = 100; x < 520; ++x) picture.set(x, y, other.at(x - own, y));
    }
    return picture;
  };
  CameraMotion camera;
  camera.next(draw(0, 0).view());
  const std::array<Box, 1> objects{object};
  const PictureMotion motion = camera.next(draw(4, -11).view(), objects);
  ASSERT_TRUE(motion.known);
  EXPECT_NEAR(motion.shift_x, 4, 0.3);
  for (const FlowPoint& point : camera.points()) {
    EXPECT_FALSE(point.x > object.left && point.x < object.right && point.y > object.top && point.y < object.bottom);
  }
}

TEST(CameraMotion, KnowsNothingWithoutTexture) {
  CameraMotion camera;
  const Picture blank(640, 200), tiny(8, 8);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(camera.next(blank.view()).known);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(camera.next(tiny.view()).known);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(camera.next({}).known);
  const Texture texture(5);
  camera.next(moved(texture, 0, 0, 0).view());
  EXPECT_FALSE(camera.next(blank.view()).known) << "nothing is found again";
}

TEST(CameraMotion, KnowsNothingAcrossACut) {
  const Texture before(6), after(7);
  CameraMotion camera;
  camera.next(moved(before, 0, 0, 0).view());
  EXPECT_FALSE(camera.next(moved(after, 0, 0, 0).view()).known);
}

TEST(CameraMotion, StartsAnewWithAnotherSize) {
  const Texture texture(8);
  CameraMotion camera;
  camera.next(moved(texture, 0, 0, 0).view());
  const auto small = [&](double dx) { return moved(texture, dx, 0, 0, PixelFormat::gray8, 480, 160); };
  EXPECT_FALSE(camera.next(small(0).view()).known);
  const PictureMotion motion = camera.next(small(5).view());
  ASSERT_TRUE(motion.known);
  EXPECT_NEAR(motion.shift_x, 5, 0.25);
  camera.reset();
  EXPECT_FALSE(camera.next(small(10).view()).known);
}

TEST(CameraMotion, AllocatesNothingInSteadyState) {
  const Texture texture(9);
  const Picture first = moved(texture, 0, 0, 0), second = moved(texture, 4, 1, 0);
  const std::array<Box, 2> objects{Box{10, 10, 90, 90}, Box{-50, 300, 40, 9000}};
  CameraMotion camera;
  for (int i = 0; i < 4; ++i) camera.next(i % 2 == 0 ? first.view() : second.view(), objects);
  const std::size_t before = test::allocation_count();
  camera.next(first.view(), objects);
  EXPECT_EQ(test::allocation_count(), before);
}

TEST(CameraMotion, FollowsARealDrive) {
  const char* given = std::getenv("WEIR_DATA");
  const std::filesystem::path data = given ? given : WEIR_SOURCE_DIR "/../shared/data";
  const auto folder = data / "kitti_tracking/image_02/0002";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "needs the shared data (WEIR_DATA)";
  CameraMotion camera;
  int known = 0;
  for (int i = 0; i < 67; ++i) {
    const std::string name = "000000" + std::to_string(i) + ".png";
    const cv::Mat image = cv::imread((folder / name.substr(name.size() - 10)).string());
    ASSERT_FALSE(image.empty());
    const PictureMotion& motion = camera.next(
        {image.data, image.cols, image.rows, static_cast<std::ptrdiff_t>(image.step[0]), PixelFormat::bgr8});
    if (!motion.known) continue;
    ++known;
    // The car drives straight on over a road that is not quite even.
    EXPECT_GT(motion.growth, 0.005) << "frame " << i;
    EXPECT_LT(motion.growth, 0.06) << "frame " << i;
    EXPECT_LT(std::abs(motion.shift_x), 8) << "frame " << i;
    EXPECT_LT(std::abs(motion.shift_y), 6) << "frame " << i;
  }
  EXPECT_GE(known, 60);
}

}  // namespace
}  // namespace weir
