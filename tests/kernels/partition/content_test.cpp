// SPDX-License-Identifier: Apache-2.0
#include "kernels/partition/content.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "kernels/base/random.hpp"
#include "tests/support/allocation_count.hpp"

namespace weir {
namespace {

constexpr int kWidth = 1242, kHeight = 375;

CostModel three_workers() {
  CostModel cost;
  cost.workers.assign(3, WorkerCost{});
  return cost;
}

std::vector<ExpectedObject> random_objects(int count, Random& random) {
  std::vector<ExpectedObject> objects;
  for (int i = 0; i < count; ++i) {
    const auto x = static_cast<float>(random.uniform(-50, kWidth)),
               y = static_cast<float>(random.uniform(-50, kHeight));
    const auto w = static_cast<float>(random.uniform(5, 120)), h = static_cast<float>(random.uniform(5, 90));
    objects.push_back({{x, y, x + w, y + h}, i, {5, 4, 5, 4}});
  }
  return objects;
}

PixelRect seen_part(const Box& box) {
  const Box inside = clip(box, kWidth, kHeight);
  return {static_cast<int>(inside.left), static_cast<int>(inside.top), static_cast<int>(inside.right),
          static_cast<int>(inside.bottom)};
}

TEST(ContentPartition, HoldsEachObjectInOnePart) {
  auto partition = ContentPartition::create({});
  ASSERT_TRUE(partition);
  Random random(1);
  const CostModel cost = three_workers();
  for (int frame = 0; frame < 50; ++frame) {
    const auto objects = random_objects(1 + frame, random);
    const auto parts = partition->cut(objects, kWidth, kHeight, cost);
    ASSERT_LE(parts.size(), 3U);
    for (const PlannedPart& part : parts) {
      EXPECT_TRUE((PixelRect{0, 0, kWidth, kHeight}.contains(part.area)));
      EXPECT_GE(part.area.width(), 64);
      EXPECT_GE(part.area.height(), 64);
      EXPECT_GT(part.finish_ms, 0);
    }
    for (const ExpectedObject& object : objects) {
      const PixelRect wanted = seen_part(object.box);
      if (wanted.empty()) continue;
      ASSERT_TRUE(std::ranges::any_of(parts, [&](const PlannedPart& p) { return p.area.contains(wanted); }));
    }
  }
}

TEST(ContentPartition, NothingExpectedNothingSent) {
  auto partition = ContentPartition::create({});
  const std::vector<ExpectedObject> broken{{{std::numeric_limits<float>::quiet_NaN(), 0, 1, 1}, 1, {}},
                                           {{5000, 0, 5010, 10}, 2, {}}};
  EXPECT_TRUE(partition->cut({}, kWidth, kHeight, three_workers()).empty());
  EXPECT_TRUE(partition->cut(broken, kWidth, kHeight, three_workers()).empty());
}

TEST(ContentPartition, AFloodIsCutInBoundedParts) {
  auto partition = ContentPartition::create({});
  Random random(2);
  const auto objects = random_objects(2000, random);
  const auto parts = partition->cut(objects, kWidth, kHeight, three_workers());
  ASSERT_FALSE(parts.empty());
  EXPECT_LE(parts.size(), 3U);
}

TEST(ContentPartition, LargeObjectsAreSentSmaller) {
  ContentOptions options;
  options.shape.native_side = 100;
  auto partition = ContentPartition::create(options);
  const std::vector<ExpectedObject> objects{{{50, 100, 250, 300}, 1, {1, 1, 1, 1}},
                                            {{1000, 180, 1030, 200}, 2, {1, 1, 1, 1}}};
  for (int i = 0; i < 2; ++i) partition->cut(objects, kWidth, kHeight, three_workers());
  const auto parts = partition->cut(objects, kWidth, kHeight, three_workers());
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].scale, 0.5F);
  EXPECT_EQ(parts[1].scale, 1);
}

TEST(ContentPartition, AllocatesNothingOnceItHasSeenAsMany) {
  auto partition = ContentPartition::create({});
  Random random(3);
  const CostModel cost = three_workers();
  std::vector<std::vector<ExpectedObject>> frames;
  for (int i = 0; i < 40; ++i) frames.push_back(random_objects(64 - i, random));
  for (int i = 0; i < 3; ++i) partition->cut(frames[0], kWidth, kHeight, cost);
  const std::size_t before = test::allocation_count();
  for (const auto& objects : frames) partition->cut(objects, kWidth, kHeight, cost);
  EXPECT_EQ(test::allocation_count(), before);
}

TEST(ContentPartition, RefusesOptionsOutOfRange) {
  const auto refused = [](auto change) {
    ContentOptions options;
    change(options);
    const auto made = ContentPartition::create(options);
    return !made && made.error().code == Code::invalid;
  };
  EXPECT_TRUE(refused([](ContentOptions& o) { o.parts = 0; }));
  EXPECT_TRUE(refused([](ContentOptions& o) { o.parts = 17; }));
  EXPECT_TRUE(refused([](ContentOptions& o) { o.most_regions = 0; }));
  EXPECT_TRUE(refused([](ContentOptions& o) { o.shape.min_side = 0; }));
  EXPECT_TRUE(refused([](ContentOptions& o) { o.shape.align = 0; }));
  EXPECT_TRUE(refused([](ContentOptions& o) { o.shape.min_scale = 0; }));
  EXPECT_TRUE(refused([](ContentOptions& o) { o.margins.gain = -1; }));
  EXPECT_TRUE(refused([](ContentOptions& o) { o.thrift = std::numeric_limits<float>::quiet_NaN(); }));
  EXPECT_FALSE(refused([](ContentOptions&) {}));
}

}  // namespace
}  // namespace weir
