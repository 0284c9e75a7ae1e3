// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <limits>

#include "pipeline/harness.hpp"
#include "stages/register.hpp"
#include "tests/stages/partition/test_frames.hpp"

namespace weir {
namespace {

Registry registry() {
  Registry registry;
  EXPECT_TRUE(register_partition_stages(registry));
  return registry;
}

TEST(PartitionWhole, IsTheFrameWithoutACopy) {
  const Registry stages = registry();
  StageHarness harness(stages, "partition.whole");
  ASSERT_TRUE(harness.open());
  harness.feed("frame", test::picture());
  ASSERT_TRUE(harness.run());
  const Parts* parts = harness.output<Parts>("parts");
  ASSERT_EQ(parts->items.size(), 1U);
  EXPECT_EQ(parts->items[0].kind, PartKind::whole);
  EXPECT_EQ(parts->items[0].area, (Box{0, 0, 1242, 375}));
  EXPECT_EQ(parts->items[0].image.get<Frame>()->image.stride, 3 * 1242);
  EXPECT_EQ(parts->frame_width, 1242);
  harness.feed("frame", test::picture(320, 200));
  ASSERT_TRUE(harness.run());
  EXPECT_EQ(harness.output<Parts>("parts")->items[0].area, (Box{0, 0, 320, 200}));
}

TEST(PartitionBands, ShareTheFrame) {
  const Registry stages = registry();
  StageHarness harness(stages, "partition.bands", {{"parts", "2"}});
  ASSERT_TRUE(harness.open());
  harness.feed("frame", test::picture());
  ASSERT_TRUE(harness.run());
  const Parts* parts = harness.output<Parts>("parts");
  ASSERT_EQ(parts->items.size(), 2U);
  EXPECT_EQ(parts->items[0].area, (Box{0, 0, 1242, 187}));
  EXPECT_EQ(parts->items[1].area, (Box{0, 187, 1242, 375}));
  EXPECT_EQ(parts->items[1].image.get<Frame>()->image.height, 188);
}

TEST(PartitionBands, OverlapByAsMuchAsTheyAreTold) {
  const Registry stages = registry();
  StageHarness harness(stages, "partition.bands", {{"parts", "3"}, {"overlap", "11"}});
  ASSERT_TRUE(harness.open());
  harness.feed("frame", test::picture());
  ASSERT_TRUE(harness.run());
  const Parts* parts = harness.output<Parts>("parts");
  ASSERT_EQ(parts->items.size(), 3U);
  EXPECT_EQ(parts->items[0].area, (Box{0, 0, 1242, 131}));
  EXPECT_EQ(parts->items[1].area, (Box{0, 120, 1242, 256}));
  EXPECT_EQ(parts->items[2].area, (Box{0, 245, 1242, 375}));
  EXPECT_EQ(parts->items[1].image.get<Frame>()->image.height, 136);
}

TEST(PartitionElf, CutsStripsAndSendsEachThirdFrameAtLowResolution) {
  const Registry stages = registry();
  StageHarness harness(stages, "partition.elf");
  ASSERT_TRUE(harness.open());
  int low_resolution = 0;
  for (int frame = 0; frame < 6; ++frame) {
    Regions regions;
    regions.items = {test::region({100, 150, 160, 200}), test::region({900, 150, 990, 220})};
    harness.feed("frame", test::picture());
    harness.feed("regions", regions);
    ASSERT_TRUE(harness.run());
    const Parts* parts = harness.output<Parts>("parts");
    ASSERT_GE(parts->items.size(), 3U);
    if (parts->items.size() == 4) {
      ++low_resolution;
      EXPECT_EQ(parts->items[3].kind, PartKind::low_resolution);
      EXPECT_EQ(parts->items[3].image.get<Frame>()->image.width, 498);
    }
  }
  EXPECT_EQ(low_resolution, 2);
}

TEST(PartitionElf, SendsTheWholeFrameWhereNothingUsableIsExpected) {
  const Registry stages = registry();
  StageHarness harness(stages, "partition.elf");
  ASSERT_TRUE(harness.open());
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const bool fed : {false, true, true}) {
    Regions regions;
    regions.items = {test::region({nan, nan, nan, nan}), test::region({5000, 0, 5100, 50})};
    harness.feed("frame", test::picture());
    if (fed) harness.feed("regions", regions);
    ASSERT_TRUE(harness.run());
    const Parts* parts = harness.output<Parts>("parts");
    ASSERT_EQ(parts->items.size(), 1U);
    EXPECT_EQ(parts->items[0].kind, PartKind::whole);
  }
}

}  // namespace
}  // namespace weir
