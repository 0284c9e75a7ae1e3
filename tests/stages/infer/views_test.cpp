// SPDX-License-Identifier: Apache-2.0
#include "stages/infer/views.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "kernels/base/random.hpp"
#include "stages/infer/class_table.hpp"

namespace weir {
namespace {

TEST(ParseExtent, ReadsTwoNumbers) {
  EXPECT_EQ(parse_extent("640x192", "size").value(), (std::pair{640, 192}));
  for (const char* bad : {"", "640", "x192", "640x", "0x4", "-1x4", "640x192x3", "99999x2", "6 x 4"}) {
    const auto extent = parse_extent(bad, "size");
    ASSERT_FALSE(extent) << bad;
    EXPECT_NE(extent.error().text.find("such as 640x192"), std::string::npos);
  }
}

TEST(Tiles, CoverTheFrameForAnyGrid) {
  Random random(3);
  for (int round = 0; round < 200; ++round) {
    const int width = 64 + static_cast<int>(random.below(2000));
    const int height = 64 + static_cast<int>(random.below(1000));
    const TileGrid grid{1 + static_cast<int>(random.below(5)), 1 + static_cast<int>(random.below(4)),
                        random.uniform(0, 0.5)};
    std::vector<View> views;
    append_tiles(grid, width, height, views);
    ASSERT_EQ(views.size(), static_cast<std::size_t>(grid.columns * grid.rows));
    std::vector<bool> columns(static_cast<std::size_t>(width));
    std::vector<bool> rows(static_cast<std::size_t>(height));
    for (const View& view : views) {
      ASSERT_GE(view.x, 0);
      ASSERT_GE(view.y, 0);
      ASSERT_LE(view.x + view.width, width);
      ASSERT_LE(view.y + view.height, height);
      for (int x = view.x; x < view.x + view.width; ++x) columns[static_cast<std::size_t>(x)] = true;
      for (int y = view.y; y < view.y + view.height; ++y) rows[static_cast<std::size_t>(y)] = true;
    }
    EXPECT_EQ(std::count(columns.begin(), columns.end(), false), 0);
    EXPECT_EQ(std::count(rows.begin(), rows.end(), false), 0);
  }
}

TEST(RegionViews, HoldTheirBoxAndStayInside) {
  Regions regions;
  regions.items = {{.box = {100, 50, 140, 80}}, {.box = {-20, -20, 10, 10}}, {.box = {620, 180, 700, 300}}};
  std::vector<View> views;
  append_regions(regions, 0.25, 64, 640, 192, views);
  ASSERT_EQ(views.size(), 3U);
  EXPECT_LE(views[0].x, 90);
  EXPECT_GE(views[0].x + views[0].width, 150);
  for (const View& view : views) {
    EXPECT_GE(view.width, 64);
    EXPECT_GE(view.height, 64);
    EXPECT_GE(view.x, 0);
    EXPECT_GE(view.y, 0);
    EXPECT_LE(view.x + view.width, 640);
    EXPECT_LE(view.y + view.height, 192);
  }
}

TEST(RegionViews, LeaveOutWhatIsNoRegion) {
  Regions regions;
  const float nan = std::nanf("");
  regions.items = {
      {.box = {nan, 0, 10, 10}}, {.box = {10, 10, 10, 20}}, {.box = {700, 0, 800, 50}}, {.box = {30, 30, 20, 20}}};
  std::vector<View> views;
  append_regions(regions, 0.2, 32, 640, 192, views);
  EXPECT_TRUE(views.empty());
}

TEST(ClassMap, GroupsAndLeavesOut) {
  const ClassNames classes{"person", "car", "bus", "truck"};
  EXPECT_EQ(make_class_map(classes, {}).value(), (std::vector<std::int32_t>{0, 1, 2, 3}));
  EXPECT_EQ(make_class_map(classes, {"car+bus+truck"}).value(), (std::vector<std::int32_t>{-1, 1, 1, 1}));
  const auto wrong = make_class_map(classes, {"cat"});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().text,
            "keep names class \"cat\", which is none of the model's 4 classes; did you mean \"car\"?");
}

}  // namespace
}  // namespace weir
