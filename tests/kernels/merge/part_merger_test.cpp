// SPDX-License-Identifier: Apache-2.0
#include "kernels/merge/part_merger.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <limits>

#include "kernels/base/random.hpp"
#include "tests/support/allocation_count.hpp"

namespace weir {
namespace {

constexpr float kWidth = 1000, kHeight = 300;

std::vector<Detection> merge(const std::vector<Box>& areas, const std::vector<PartBox>& boxes,
                             const PartMergeOptions& options = {}) {
  std::vector<Detection> merged;
  PartMerger().run(areas, boxes, kWidth, kHeight, options, merged);
  return merged;
}

// Two parts side by side that share the columns 450 to 550.
const std::vector<Box> kPair{{0, 0, 550, 300}, {450, 0, 1000, 300}};

TEST(PartMerger, OneObjectSeenWhollyInTwoPartsIsOne) {
  const auto merged = merge(kPair, {{{{470, 100, 530, 140}, 0.7F, 1}, 0}, {{{472, 101, 531, 141}, 0.9F, 1}, 1}});
  ASSERT_EQ(merged.size(), 1U);
  EXPECT_EQ(merged[0].score, 0.9F);
}

TEST(PartMerger, OfTwoWholeBoxesThatStaysWhichHasMoreRoundIt) {
  // 50 pixels to the border of the left part, 10 to that of the right one; frame borders are none.
  const PartBox left{{{460, 0, 500, 40}, 0.4F, 1}, 0}, right{{{462, 1, 502, 41}, 0.8F, 1}, 1};
  for (const std::vector<PartBox>& boxes : {std::vector{left, right}, std::vector{right, left}}) {
    const auto merged = merge(kPair, boxes);
    ASSERT_EQ(merged.size(), 1U);
    EXPECT_EQ(merged[0].score, 0.4F);
    EXPECT_EQ(merged[0].box, left.detection.box);
  }
  // Boxes of one part are seen alike: there the surer one stays.
  EXPECT_EQ(merge(kPair, {left, {{{455, 0, 498, 40}, 0.7F, 1}, 0}}).at(0).score, 0.7F);
}

TEST(PartMerger, ClassesDoNotSuppressEachOther) {
  EXPECT_EQ(merge(kPair, {{{{470, 100, 530, 140}, 0.7F, 1}, 0}, {{{470, 100, 530, 140}, 0.9F, 2}, 1}}).size(), 2U);
}

TEST(PartMerger, ACutBoxLosesAgainstTheWholeOneHoweverSureAndSmallItIs) {
  // The car spans 520 to 700; the left part shows 30 of its 180 columns: IoU 0.17.
  const Box whole{520, 100, 700, 200};
  for (const std::vector<PartBox>& boxes :
       {std::vector<PartBox>{{{whole, 0.4F, 0}, 1}, {{{521, 103, 549, 199}, 0.8F, 0}, 0}},
        std::vector<PartBox>{{{{521, 103, 549, 199}, 0.8F, 0}, 0}, {{whole, 0.4F, 0}, 1}}}) {
    const auto merged = merge(kPair, boxes);
    ASSERT_EQ(merged.size(), 1U);
    EXPECT_EQ(merged[0].box, whole);
    EXPECT_EQ(merged[0].score, 0.4F) << "the right part shows more round the piece than the left one";
  }
}

TEST(PartMerger, APartThatShowsMoreRoundAPlaceIsBelieved) {
  // Columns 460 to 500: 50 pixels to the border of the left part, 10 to that of the right one. The left one found none.
  const PartBox narrow{{{460, 100, 500, 140}, 0.8F, 1}, 1}, wide{{{460, 100, 500, 140}, 0.8F, 1}, 0};
  EXPECT_TRUE(merge(kPair, {narrow}).empty());
  EXPECT_EQ(merge(kPair, {wide}).size(), 1U);
  // About as much round it on both sides.
  EXPECT_EQ(merge(kPair, {{{{480, 100, 520, 140}, 0.8F, 1}, 1}}).size(), 1U);
  // A part that was seen smaller misses small things, and one that has not come back says nothing.
  std::vector<Detection> merged;
  const std::array scales{0.5F, 1.F};
  PartMerger().run(kPair, std::array{narrow}, kWidth, kHeight, {}, merged, scales);
  EXPECT_EQ(merged.size(), 1U);
  EXPECT_EQ(merge({kPair[1]}, {{narrow.detection, 0}}).size(), 1U);
}

TEST(PartMerger, APieceThatEndsShortOfTheBorderIsStillAPiece) {
  // 15 pixels short of the border of its part, and more sure than the whole box.
  const Box whole{500, 100, 700, 200};
  const auto merged = merge(kPair, {{{whole, 0.5F, 0}, 1}, {{{500, 100, 535, 200}, 0.9F, 0}, 0}});
  ASSERT_EQ(merged.size(), 1U);
  EXPECT_EQ(merged[0].box, whole);
}

TEST(PartMerger, TwoPiecesThatMeetBecomeOneBox) {
  const auto merged = merge(kPair, {{{{300, 100, 550, 220}, 0.6F, 0}, 0}, {{{450, 104, 720, 222}, 0.8F, 0}, 1}});
  ASSERT_EQ(merged.size(), 1U);
  EXPECT_EQ(merged[0].box, (Box{300, 100, 720, 222}));
  EXPECT_EQ(merged[0].score, 0.8F);
  // Parts without overlap.
  const auto touching = merge({{0, 0, 500, 300}, {500, 0, 1000, 300}},
                              {{{{400, 100, 499, 220}, 0.6F, 0}, 0}, {{{501, 104, 620, 222}, 0.8F, 0}, 1}});
  ASSERT_EQ(touching.size(), 1U);
  EXPECT_EQ(touching[0].box, (Box{400, 100, 620, 222}));
  const auto stacked = merge({{0, 0, 1000, 150}, {0, 150, 1000, 300}},
                             {{{{400, 100, 500, 150}, 0.6F, 0}, 0}, {{{402, 150, 499, 222}, 0.8F, 0}, 1}});
  EXPECT_EQ(stacked.size(), 1U);
}

TEST(PartMerger, ObjectsBesideEachOtherAtASeamStayTwo) {
  // A low car cut on the left, a high lorry cut on the right.
  EXPECT_EQ(merge(kPair, {{{{400, 180, 550, 220}, 0.6F, 0}, 0}, {{{450, 20, 700, 222}, 0.8F, 0}, 1}}).size(), 2U);
  // A small whole object before a large one that reaches into the other part.
  EXPECT_EQ(merge(kPair, {{{{460, 150, 480, 170}, 0.6F, 0}, 0}, {{{455, 50, 800, 250}, 0.8F, 0}, 1}}).size(), 2U);
}

TEST(PartMerger, WhatIsCutByTheFrameIsNoPiece) {
  const auto merged = merge(kPair, {{{{0, 100, 60, 200}, 0.6F, 0}, 0}, {{{940, 100, 1000, 200}, 0.8F, 0}, 1}});
  EXPECT_EQ(merged.size(), 2U);
}

TEST(PartMerger, ALonelyPieceStays) {
  const auto merged = merge({{0, 0, 550, 300}}, {{{{500, 100, 550, 200}, 0.6F, 0}, 0}});
  ASSERT_EQ(merged.size(), 1U);
  EXPECT_EQ(merged[0].box, (Box{500, 100, 550, 200}));
}

TEST(PartMerger, LeavesOutWhatIsNoBoxOfItsPart) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kInf = std::numeric_limits<float>::infinity();
  const auto merged = merge(kPair, {{{{10, 10, 20, 20}, kNan, 0}, 0},
                                    {{{kNan, 10, 20, 20}, 0.9F, 0}, 0},
                                    {{{10, 10, kInf, 20}, 0.9F, 0}, 0},
                                    {{{20, 10, 10, 20}, 0.9F, 0}, 0},
                                    {{{600, 10, 700, 20}, 0.9F, 0}, 0},   // outside its part
                                    {{{10, 10, 20, 20}, 0.9F, 0}, 7},     // of no part
                                    {{{-50, 10, 70, 20}, 0.5F, 0}, 0}});  // partly outside
  ASSERT_EQ(merged.size(), 1U);
  EXPECT_EQ(merged[0].box, (Box{0, 10, 70, 20}));
}

// Objects that never overlap, dealt to parts that do: whoever shows a piece reports the piece.
TEST(PartMerger, EachOfManyObjectsComesOutOnce) {
  Random random(7);
  for (int trial = 0; trial < 300; ++trial) {
    std::vector<Box> areas;
    for (float x = 0; x < kWidth; x += 250) areas.push_back({std::max(0.F, x - 60), 0, std::min(kWidth, x + 310), 300});
    std::vector<Box> objects;
    for (float x = 0; x < kWidth; x += 100) {
      const auto left = x + static_cast<float>(random.uniform(0, 30));
      const auto top = static_cast<float>(random.uniform(0, 150));
      objects.push_back({left, top, left + static_cast<float>(random.uniform(15, 65)),
                         top + static_cast<float>(random.uniform(15, 100))});
    }
    std::vector<PartBox> boxes;
    for (std::uint32_t part = 0; part < areas.size(); ++part) {
      for (const Box& object : objects) {
        const Box seen = intersect(object, areas[part]);
        // A detector reports no sliver.
        if (seen.width() < 8 || seen.height() <= 0) continue;
        boxes.push_back({{seen, static_cast<float>(random.uniform(0.3, 1)), 0}, part});
      }
    }
    const auto merged = merge(areas, boxes);
    ASSERT_EQ(merged.size(), objects.size()) << "trial " << trial;
    for (const Box& object : objects) {
      EXPECT_TRUE(
          std::any_of(merged.begin(), merged.end(), [&](const Detection& d) { return iou(d.box, object) > 0.99F; }))
          << "trial " << trial;
    }
  }
}

TEST(PartMerger, AFloodIsBoundedAndAllocatesNothingTheSecondTime) {
  Random random(3);
  std::vector<PartBox> boxes;
  for (int i = 0; i < 2000; ++i) {
    const auto x = static_cast<float>(random.uniform(0, 980)), y = static_cast<float>(random.uniform(0, 280));
    const Box box{x, y, x + static_cast<float>(random.uniform(1, 20)), y + static_cast<float>(random.uniform(1, 20))};
    boxes.push_back({{box, static_cast<float>(random.uniform(0, 1)), 0}, x < 500 ? 0U : 1U});
  }
  PartMerger merger;
  std::vector<Detection> merged;
  merger.run(kPair, boxes, kWidth, kHeight, {.keep = 100}, merged);
  const auto before = test::allocation_count();
  merger.run(kPair, boxes, kWidth, kHeight, {.keep = 100}, merged);
  EXPECT_EQ(test::allocation_count(), before);
  ASSERT_EQ(merged.size(), 100U);
  EXPECT_TRUE(std::is_sorted(merged.begin(), merged.end(),
                             [](const Detection& a, const Detection& b) { return a.score > b.score; }));
  EXPECT_GT(merged.back().score, 0.7F);  // the best ones
}

}  // namespace
}  // namespace weir
