// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "stages/ingest/stages.hpp"
#include "tests/stages/ingest/test_files.hpp"

namespace weir {
namespace {

using Params = std::map<std::string, std::string>;

class SyntheticTest : public ::testing::Test {
 protected:
  SyntheticTest() { EXPECT_TRUE(add_ingest_synthetic(registry_)); }

  // The pixels of frame `n`, row after row.
  std::vector<std::uint8_t> pixels(Params params, int n) {
    params.insert({{"width", "160"}, {"height", "96"}});
    StageHarness harness(registry_, "ingest.synthetic", params);
    EXPECT_TRUE(harness.open());
    for (int i = 0; i <= n; ++i) EXPECT_TRUE(harness.run());
    std::vector<std::uint8_t> all;
    if (const auto* frame = harness.output<Frame>("frame")) {
      for (int y = 0; y < frame->image.height; ++y)
        all.insert(all.end(), frame->image.row(y), frame->image.row(y) + 480);
    }
    return all;
  }

  Registry registry_;
};

TEST_F(SyntheticTest, GivesTheAskedFramesWithTruth) {
  StageHarness harness(registry_, "ingest.synthetic",
                       {{"width", "320"}, {"height", "160"}, {"frames", "12"}, {"fps", "25"}, {"density", "2"}});
  ASSERT_TRUE(harness.open());
  std::size_t objects = 0;
  int frames = 0;
  for (; harness.run() && !harness.ended(); ++frames) {
    const auto* frame = harness.output<Frame>("frame");
    ASSERT_NE(frame, nullptr);
    EXPECT_EQ(frame->image.width, 320);
    EXPECT_EQ(frame->image.height, 160);
    EXPECT_TRUE(frame->has_truth);
    objects += frame->truth.size();
  }
  EXPECT_EQ(frames, 12);
  EXPECT_GT(objects, 0u);
  EXPECT_NEAR(test::seconds(harness.media_time()), 11.0 / 25, 1e-6);
}

TEST_F(SyntheticTest, DependsOnTheSeedAlone) {
  EXPECT_EQ(pixels({}, 3), pixels({}, 3));
  EXPECT_EQ(pixels({{"seed", "7"}}, 3), pixels({{"seed", "7"}}, 3));
  EXPECT_NE(pixels({{"seed", "7"}}, 3), pixels({{"seed", "8"}}, 3));
  EXPECT_NE(pixels({{"seed", "7"}, {"detail", "low"}}, 3), pixels({{"seed", "7"}}, 3));
}

TEST_F(SyntheticTest, LeavesTruthOutWhenTold) {
  StageHarness harness(registry_, "ingest.synthetic", {{"width", "160"}, {"height", "96"}, {"truth", "false"}});
  ASSERT_TRUE(harness.open());
  ASSERT_TRUE(harness.run());
  EXPECT_FALSE(harness.output<Frame>("frame")->has_truth);
  EXPECT_TRUE(harness.output<Frame>("frame")->truth.empty());
}

}  // namespace
}  // namespace weir
