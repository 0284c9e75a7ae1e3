// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "stages/ingest/stages.hpp"
#include "tests/stages/ingest/clock_pusher.hpp"
#include "tests/stages/ingest/test_files.hpp"

namespace weir {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(Camera, SaysWhichDeviceIsMissingAndGivesUpInTime) {
  Registry registry;
  ASSERT_TRUE(add_ingest_camera(registry));
  StageHarness harness(registry, "ingest.camera", {{"device", "/dev/no_camera"}, {"connect_timeout", "5 s"}});
  ASSERT_TRUE(harness.open());
  const test::ClockPusher pusher(harness.clock());
  const Status status = harness.run();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::unavailable);
  EXPECT_THAT(status.error().text,
              AllOf(HasSubstr("/dev/no_camera"), HasSubstr("5.0 s (connect_timeout)"), HasSubstr("device")));
  ASSERT_GE(harness.warnings().size(), 2u);
  EXPECT_THAT(harness.warnings()[0],
              AllOf(HasSubstr("/dev/no_camera"), HasSubstr("trying again in"), HasSubstr("plugged in")));
  ASSERT_TRUE(harness.run());
  EXPECT_TRUE(harness.ended());
  EXPECT_TRUE(harness.close());
}

TEST(Camera, DeliversImages) {
  if (!std::filesystem::exists("/dev/video0")) GTEST_SKIP() << "needs a camera or v4l2loopback at /dev/video0";
  Registry registry;
  ASSERT_TRUE(add_ingest_camera(registry));
  StageHarness harness(registry, "ingest.camera", {{"device", "/dev/video0"}});
  ASSERT_TRUE(harness.open());
  const test::ClockPusher pusher(harness.clock());
  for (int i = 0; i < 5; ++i) {
    const Status status = harness.run();
    ASSERT_TRUE(status) << status.error().text;
    ASSERT_NE(harness.output<Frame>("frame"), nullptr);
    EXPECT_FALSE(harness.output<Frame>("frame")->image.empty());
  }
  EXPECT_TRUE(harness.close());
}

}  // namespace
}  // namespace weir
