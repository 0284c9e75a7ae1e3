// SPDX-License-Identifier: Apache-2.0
#include "kernels/partition/margins.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace weir {
namespace {

constexpr int kWidth = 1000, kHeight = 500;
constexpr std::size_t kMost = 128;
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

/// Margins in round numbers.
MarginOptions plain() { return {.gain = 2, .base = 0.01F, .young = {1, 0.5F}, .turn = {0.05F, 0}, .unknown = 0.1F}; }

ExpectedObject object(const Box& box, std::int64_t id = 1) { return {box, id, {1, 2, 3, 4}}; }

TEST(RegionWidener, WidensByMarginFrameAndYouth) {
  RegionWidener widener(plain());
  const std::vector<ExpectedObject> objects{object({400, 200, 440, 220})};
  auto regions = widener.run(objects, kWidth, kHeight, kMost);
  ASSERT_EQ(regions.size(), 1U);
  // First frame: margin * 2 + 1 % of the frame + one size, and a turn of 50 pixels.
  EXPECT_EQ(regions[0].area,
            (PixelRect{400 - 2 - 10 - 40 - 50, 200 - 4 - 5 - 20, 440 + 6 + 10 + 40 + 50, 220 + 8 + 5 + 20}));
  EXPECT_EQ(regions[0].least_side, 20);
  regions = widener.run(objects, kWidth, kHeight, kMost);
  EXPECT_EQ(regions[0].area, (PixelRect{400 - 2 - 10 - 20, 200 - 4 - 5 - 10, 440 + 6 + 10 + 20, 220 + 8 + 5 + 10}));
  regions = widener.run(objects, kWidth, kHeight, kMost);
  const PixelRect known{400 - 2 - 10, 200 - 4 - 5, 440 + 6 + 10, 220 + 8 + 5};
  EXPECT_EQ(regions[0].area, known);

  for (int i = 0; i < 5; ++i) widener.run({}, kWidth, kHeight, kMost);
  EXPECT_EQ(widener.run(objects, kWidth, kHeight, kMost)[0].area, known) << "remembered over a few frames";
  for (int i = 0; i < 20; ++i) widener.run({}, kWidth, kHeight, kMost);
  EXPECT_NE(widener.run(objects, kWidth, kHeight, kMost)[0].area, known) << "but not for ever";
}

TEST(RegionWidener, TakesAShareOfTheBoxWhereNoMarginIsTold) {
  MarginOptions options = plain();
  options.young = {0, 0};
  options.turn = {0, 0};
  RegionWidener widener(options);
  const std::vector<ExpectedObject> objects{{{400, 200, 500, 300}, 1, {}}};
  EXPECT_EQ(widener.run(objects, kWidth, kHeight, kMost)[0].area, (PixelRect{370, 175, 530, 325}));
}

TEST(RegionWidener, APlaceToLookAtIsWidenedByItsMarginAlone) {
  RegionWidener widener(plain());
  const std::vector<ExpectedObject> objects{{{400, 200, 440, 220}, 1, {30, 20, 30, 20}, true}};
  for (int frame = 0; frame < 3; ++frame) {
    EXPECT_EQ(widener.run(objects, kWidth, kHeight, kMost)[0].area, (PixelRect{370, 180, 470, 240}));
  }
}

TEST(RegionWidener, LeavesOutWhatIsBrokenOrOutside) {
  RegionWidener widener(plain());
  const std::vector<ExpectedObject> objects{object({kNan, 0, 10, 10}),
                                            object({10, 10, 10, 40}),
                                            object({500, 300, 400, 200}),
                                            object({-900, 10, -800, 60}),
                                            object({2000, 10, 2100, 60}),
                                            object({100, 2000, 150, 2100}),
                                            object({0, 0, std::numeric_limits<float>::infinity(), 100})};
  EXPECT_TRUE(widener.run(objects, kWidth, kHeight, kMost).empty());
}

TEST(RegionWidener, CutsAtTheFrameAndMendsMargins) {
  RegionWidener widener(plain());
  const std::vector<ExpectedObject> objects{
      {{-50, 450, 30, 600}, 1, {kNan, -5, 0, std::numeric_limits<float>::infinity()}}};
  const auto regions = widener.run(objects, kWidth, kHeight, kMost);
  ASSERT_EQ(regions.size(), 1U);
  EXPECT_EQ(regions[0].area.left, 0);
  EXPECT_EQ(regions[0].area.bottom, kHeight);
  EXPECT_LE(regions[0].area.right, kWidth);
}

TEST(RegionWidener, TakesNeighboursTogetherInAFlood) {
  RegionWidener widener(plain());
  std::vector<ExpectedObject> objects;
  for (int i = 0; i < 2000; ++i) {
    const auto x = static_cast<float>(i % 50 * 19), y = static_cast<float>(i / 50 * 12);
    objects.push_back(object({x, y, x + 12, y + 9}, i));
  }
  const auto regions = widener.run(objects, kWidth, kHeight, kMost);
  EXPECT_LE(regions.size(), kMost);
  for (const ExpectedObject& wanted : objects) {
    const Box& b = wanted.box;
    const PixelRect inner{static_cast<int>(b.left), static_cast<int>(b.top), static_cast<int>(b.right),
                          static_cast<int>(b.bottom)};
    ASSERT_TRUE(std::ranges::any_of(regions, [&](const RegionGroup& r) { return r.area.contains(inner); }));
  }
}

TEST(RegionWidener, DropsWhatIsInsideAnother) {
  MarginOptions options{.gain = 1, .base = 0, .young = {0, 0}, .turn = {0, 0}, .unknown = 0};
  RegionWidener widener(options);
  const std::vector<ExpectedObject> objects{{{300, 200, 320, 210}, 1, {}},
                                            {{200, 100, 400, 300}, 2, {}},
                                            {{200, 100, 400, 300}, 3, {}},
                                            {{390, 100, 410, 130}, 4, {}}};
  const auto regions = widener.run(objects, kWidth, kHeight, kMost);
  ASSERT_EQ(regions.size(), 2U);
  for (const RegionGroup& region : regions) {
    EXPECT_EQ(region.least_side, region.area.left == 200 ? 10 : 20) << "the smallest object counts";
  }
}

}  // namespace
}  // namespace weir
