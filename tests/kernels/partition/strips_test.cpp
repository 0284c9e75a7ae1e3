// SPDX-License-Identifier: Apache-2.0
#include "kernels/partition/strips.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace weir {
namespace {

using testing::ElementsAre;

TEST(Bands, ShareTheFrame) {
  std::vector<PixelRect> bands;
  cut_bands(3, 1242, 375, bands);
  EXPECT_THAT(bands,
              ElementsAre(PixelRect{0, 0, 1242, 125}, PixelRect{0, 125, 1242, 250}, PixelRect{0, 250, 1242, 375}));
  cut_bands(5, 10, 3, bands);
  EXPECT_EQ(bands.size(), 3U) << "no empty bands";
  EXPECT_EQ(bands.back().bottom, 3);
}

TEST(ElfStrips, FollowThePublicCode) {
  // A frame of 1000 x 400: strips from 100 to 700, each 200 wide; widened by 10 % of the frame, which is more than 6 %
  // of any strip here.
  const std::vector<Box> boxes{{100, 200, 180, 250}, {250, 180, 330, 260}, {620, 150, 700, 300}};
  std::vector<PixelRect> strips;
  cut_elf_strips(boxes, 3, 1000, 400, strips);
  EXPECT_THAT(strips, ElementsAre(PixelRect{0, 140, 430, 300}, PixelRect{0, 0, 103, 43}, PixelRect{520, 110, 800, 340}))
      << "the second box overlaps the first strip most; the middle strip is empty and becomes a corner";
}

TEST(ElfStrips, BrokenBoxesAreLeftOut) {
  std::vector<PixelRect> strips{PixelRect{}};
  cut_elf_strips({}, 3, 1000, 400, strips);
  EXPECT_TRUE(strips.empty());
  const std::vector<Box> broken{{std::numeric_limits<float>::quiet_NaN(), 0, 10, 10}, {2000, 0, 2100, 50}};
  cut_elf_strips(broken, 3, 1000, 400, strips);
  EXPECT_TRUE(strips.empty());
}

}  // namespace
}  // namespace weir
