// SPDX-License-Identifier: Apache-2.0
#include "kernels/partition/grouping.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "kernels/base/random.hpp"

namespace weir {
namespace {

constexpr int kWidth = 1242, kHeight = 375;

std::vector<RegionGroup> random_regions(std::size_t count, Random& random) {
  std::vector<RegionGroup> regions;
  for (std::size_t i = 0; i < count; ++i) {
    const auto whole = [&random](double low, double high) {
      return static_cast<std::int32_t>(random.uniform(low, high));
    };
    const int w = whole(20, 160), h = whole(20, 110), x = whole(0, kWidth - w), y = whole(100, kHeight - h);
    regions.push_back({{x, y, x + w, y + h}, static_cast<float>(std::min(w, h))});
  }
  return regions;
}

/// The least price of all groupings of the regions into at most `most` groups.
class AllGroupings {
 public:
  AllGroupings(const std::vector<RegionGroup>& regions, std::size_t most, const GroupingPrice& price)
      : regions_(regions), most_(most), price_(price) {
    put(0);
  }
  float least() const { return least_; }

 private:
  void put(std::size_t i) {
    if (i == regions_.size()) {
      least_ = std::min(least_, grouping_.price_of(groups_, price_));
      return;
    }
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      const RegionGroup kept = groups_[g];
      groups_[g] = joined(kept, regions_[i]);
      put(i + 1);
      groups_[g] = kept;
    }
    if (groups_.size() == most_) return;
    groups_.push_back(regions_[i]);
    put(i + 1);
    groups_.pop_back();
  }

  const std::vector<RegionGroup>& regions_;
  std::size_t most_;
  GroupingPrice price_;
  RegionGrouping grouping_;
  std::vector<RegionGroup> groups_;
  float least_ = std::numeric_limits<float>::infinity();
};

GroupingPrice price_with(const CostModel& cost) { return {&cost, {.min_side = 64}, kWidth, kHeight, 0.5F}; }

CostModel equal_workers(std::size_t count) {
  CostModel cost;
  cost.workers.assign(count, WorkerCost{});
  return cost;
}

TEST(RegionGrouping, IsNearTheBestOfAllGroupings) {
  Random random(5);
  RegionGrouping grouping;
  for (const std::size_t most : {2U, 3U, 5U}) {
    const CostModel cost = equal_workers(most);
    double excess = 0;
    constexpr int kTrials = 60;
    for (int trial = 0; trial < kTrials; ++trial) {
      const auto regions = random_regions(7, random);
      const auto found = grouping.run(regions, most, price_with(cost));
      const std::vector<RegionGroup> groups(found.begin(), found.end());
      const float price = grouping.price_of(groups, price_with(cost));
      const float least = AllGroupings(regions, most, price_with(cost)).least();
      ASSERT_GE(price, least * 0.9999F);
      ASSERT_LE(price, least * 1.3F) << "trial " << trial << " of " << most << " groups";
      excess += price / least - 1;
    }
    EXPECT_LE(excess / kTrials, 0.01) << most << " groups";
  }
}

TEST(RegionGrouping, HoldsEachRegionWhole) {
  Random random(6);
  RegionGrouping grouping;
  const CostModel cost = equal_workers(4);
  for (const std::size_t count : {1U, 2U, 9U, 64U}) {
    const auto regions = random_regions(count, random);
    const auto groups = grouping.run(regions, 4, price_with(cost));
    ASSERT_LE(groups.size(), 4U);
    for (const RegionGroup& region : regions) {
      EXPECT_TRUE(std::ranges::any_of(groups, [&](const auto& group) { return group.area.contains(region.area); }));
    }
    EXPECT_TRUE(std::ranges::is_sorted(groups, std::ranges::greater(), [](const auto& g) { return g.area.area(); }) ||
                count > 2)
        << "most work first";
  }
}

TEST(RegionGrouping, LeavesWorkersIdleThatDoNotHelp) {
  RegionGrouping grouping;
  const std::vector<RegionGroup> neighbours{{{600, 180, 640, 210}, 20}, {{610, 182, 650, 215}, 20}};
  const CostModel equal = equal_workers(3);
  EXPECT_EQ(grouping.run(neighbours, 3, price_with(equal)).size(), 1U);

  const std::vector<RegionGroup> apart{{{0, 100, 200, 300}, 150}, {{1000, 100, 1200, 300}, 150}};
  EXPECT_EQ(grouping.run(apart, 3, price_with(equal)).size(), 2U);
}

TEST(RegionGrouping, GivesABusyWorkerNothing) {
  // Two regions side by side: two workers share them, but one alone takes both where the other is far behind.
  const std::vector<RegionGroup> regions{{{100, 100, 300, 300}, 150}, {{290, 100, 490, 300}, 150}};
  CostModel cost = equal_workers(2);
  RegionGrouping grouping;
  EXPECT_EQ(grouping.run(regions, 2, price_with(cost)).size(), 2U);
  cost.workers[1].queue_ms = 500;
  EXPECT_EQ(grouping.run(regions, 2, price_with(cost)).size(), 1U);
}

TEST(RegionGrouping, NoRegionsNoGroups) {
  RegionGrouping grouping;
  const CostModel cost = equal_workers(3);
  EXPECT_TRUE(grouping.run({}, 3, price_with(cost)).empty());
}

TEST(PartArea, KeepsLeastSizeAlignmentAndTheFrame) {
  const PartShape shape{.min_side = 64, .align = 32};
  const PixelRect corner = part_area({0, 0, 10, 10}, shape, kWidth, kHeight);
  EXPECT_EQ(corner, (PixelRect{0, 0, 64, 64}));
  const PixelRect far_corner = part_area({1232, 365, 1242, 375}, shape, kWidth, kHeight);
  EXPECT_EQ(far_corner, (PixelRect{1178, 311, 1242, 375}));
  const PixelRect inside = part_area({500, 100, 565, 190}, shape, kWidth, kHeight);
  EXPECT_EQ(inside.width(), 96);
  EXPECT_EQ(inside.height(), 96);
  EXPECT_TRUE(inside.contains({500, 100, 565, 190}));
  EXPECT_EQ(part_area({1, 2, 30, 20}, shape, 40, 30), (PixelRect{0, 0, 40, 30})) << "the frame is smaller";
}

TEST(PartScale, KeepsTheSmallestObjectAtItsNativeSide) {
  PartShape shape;
  EXPECT_EQ(part_scale({{}, 300}, shape), 1) << "off";
  shape.native_side = 150;
  EXPECT_EQ(part_scale({{}, 149}, shape), 1);
  EXPECT_FLOAT_EQ(part_scale({{}, 200}, shape), 0.75F);
  EXPECT_EQ(part_scale({{}, 1000}, shape), shape.min_scale);
}

}  // namespace
}  // namespace weir
