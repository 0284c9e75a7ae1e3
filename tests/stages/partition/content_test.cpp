// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <tuple>

#include "pipeline/harness.hpp"
#include "stages/partition/content_stream.hpp"
#include "stages/register.hpp"
#include "tests/stages/partition/test_frames.hpp"

namespace weir {
namespace {

using Params = std::map<std::string, std::string>;

const Params kNoLrc{{"lrc.when", "never"}};

/// partition.content, fed frame by frame.
class Cutting {
 public:
  explicit Cutting(Params params = {}) {
    EXPECT_TRUE(register_partition_stages(registry_));
    harness_ = std::make_unique<StageHarness>(registry_, "partition.content", std::move(params));
    EXPECT_TRUE(harness_->open());
  }

  void answer(PartAnswers answers) { harness_->feed("answers", std::move(answers)); }

  const Parts& cut(const Regions* regions, Frame frame = test::picture()) {
    harness_->feed("frame", std::move(frame));
    if (regions != nullptr) harness_->feed("regions", *regions);
    EXPECT_TRUE(harness_->run());
    return *harness_->output<Parts>("parts");
  }

  /// Runs until the start is over.
  void warm_up(const Regions& regions, Frame frame = test::picture()) {
    for (int i = 0; i < 5; ++i) cut(&regions, frame);
  }

 private:
  Registry registry_;
  std::unique_ptr<StageHarness> harness_;
};

std::size_t count(const Parts& parts, PartKind kind) {
  return static_cast<std::size_t>(std::ranges::count(parts.items, kind, &Part::kind));
}

Regions two_apart() {
  Regions regions;
  regions.items = {test::region({100, 180, 160, 220}, 1), test::region({900, 180, 960, 220}, 2)};
  return regions;
}

bool holds(const Parts& parts, const Box& box) {
  return std::ranges::any_of(parts.items, [&](const Part& part) {
    return part.kind == PartKind::crop && part.area.left <= box.left && part.area.top <= box.top &&
           part.area.right >= box.right && part.area.bottom >= box.bottom;
  });
}

TEST(PartitionContent, StartsWithWholeFramesThenCuts) {
  Cutting cutting(kNoLrc);
  const Regions regions = two_apart();
  for (int i = 0; i < 3; ++i) {
    const Parts& parts = cutting.cut(&regions);
    ASSERT_EQ(parts.items.size(), 1U);
    EXPECT_EQ(parts.items[0].kind, PartKind::whole);
  }
  const Frame frame = test::picture();
  const Parts& parts = cutting.cut(&regions, frame);
  ASSERT_EQ(parts.items.size(), 2U);
  EXPECT_EQ(count(parts, PartKind::crop), 2U);
  for (const Region& region : regions.items) EXPECT_TRUE(holds(parts, region.box));
  for (const Part& part : parts.items) {
    const ImageView& view = part.image.get<Frame>()->image;
    EXPECT_EQ(static_cast<float>(view.width), part.area.width());
    EXPECT_EQ(view.stride, 3 * 1242) << "the frame's own pixels";
  }
}

TEST(PartitionContent, SendsLowResolutionFramesLastAndNowAndThen) {
  Cutting cutting;
  const Regions regions = two_apart();
  cutting.warm_up(regions);
  int sent = 0;
  for (int i = 0; i < 20; ++i) {
    const Parts& parts = cutting.cut(&regions);
    if (count(parts, PartKind::low_resolution) == 0) continue;
    ++sent;
    EXPECT_EQ(parts.items.back().kind, PartKind::low_resolution);
    EXPECT_EQ(parts.items.back().image.get<Frame>()->image.width, 498);
  }
  EXPECT_EQ(sent, 4);
}

TEST(PartitionContent, NoRegionsForAWhile) {
  Cutting cutting;
  cutting.warm_up(two_apart());
  const Regions none;
  std::size_t low_resolution = 0;
  for (int i = 0; i < 20; ++i) {
    const Parts& parts = cutting.cut(&none);
    EXPECT_EQ(count(parts, PartKind::crop), 0U);
    EXPECT_EQ(count(parts, PartKind::whole), 0U);
    low_resolution += count(parts, PartKind::low_resolution);
  }
  EXPECT_GE(low_resolution, 9U) << "each second frame is looked at";
  const Regions regions = two_apart();
  EXPECT_EQ(count(cutting.cut(&regions), PartKind::crop), 2U);
}

TEST(PartitionContent, ARegionGapSendsTheWholeFrame) {
  Cutting cutting;
  cutting.warm_up(two_apart());
  const Parts& parts = cutting.cut(nullptr);
  ASSERT_EQ(parts.items.size(), 1U);
  EXPECT_EQ(parts.items[0].kind, PartKind::whole);
}

TEST(PartitionContent, AFloodOfRegionsIsHeldInFewParts) {
  Cutting cutting(Params{{"lrc.when", "never"}, {"whole_from", "16"}});
  Regions regions;
  for (int i = 0; i < 2000; ++i) {
    const auto x = static_cast<float>(i % 60 * 20), y = static_cast<float>(i / 60 * 10);
    regions.items.push_back(test::region({x, y, x + 15, y + 8}, i));
  }
  cutting.warm_up(regions);
  const Parts& parts = cutting.cut(&regions);
  ASSERT_GE(parts.items.size(), 1U);
  EXPECT_LE(parts.items.size(), 3U);
  for (const Region& region : regions.items) ASSERT_TRUE(holds(parts, region.box));
}

TEST(PartitionContent, PartsThatShowMoreThanTheFrameAreNotSentButTheFrame) {
  // Two large objects, of which each part needs much of the same middle; and two small ones.
  Regions large;
  large.items = {test::region({30, 10, 900, 200}, 1), test::region({340, 170, 1210, 370}, 2)};
  for (const auto& [regions, whole_from, whole] :
       {std::tuple(large, "0.5", 1U), std::tuple(large, "16", 0U), std::tuple(two_apart(), "0.5", 0U),
        std::tuple(two_apart(), "0.01", 1U)}) {
    Cutting cutting(Params{{"lrc.when", "every"}, {"lrc.every", "1"}, {"shrink", "false"}, {"whole_from", whole_from}});
    cutting.warm_up(regions);
    const Parts& parts = cutting.cut(&regions);
    EXPECT_EQ(count(parts, PartKind::whole), whole) << whole_from;
    EXPECT_EQ(count(parts, PartKind::low_resolution), 1 - whole) << "the whole frame shows all that one would";
    EXPECT_EQ(parts.items.size() == 1, whole == 1);
  }
}

TEST(PartitionContent, RegionsOutsideTheFrameAndBrokenOnesAreLeftOut) {
  Cutting cutting(kNoLrc);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  Regions regions;
  regions.items = {test::region({-500, 10, -400, 60}, 1), test::region({3000, 10, 3100, 60}, 2),
                   test::region({nan, 10, 50, 60}, 3), test::region({100, 100, 90, 120}, 4),
                   test::region({600, 180, 640, 210}, 5)};
  regions.items[4].margin = {nan, -1, std::numeric_limits<float>::infinity(), 2};
  cutting.warm_up(regions);
  const Parts& parts = cutting.cut(&regions);
  ASSERT_EQ(parts.items.size(), 1U);
  EXPECT_TRUE(holds(parts, regions.items[4].box));
  EXPECT_LT(parts.items[0].area.width(), 200);
}

TEST(PartitionContent, AnotherFrameSizeStartsAnew) {
  Cutting cutting(kNoLrc);
  const Regions regions = two_apart();
  cutting.warm_up(regions);
  ASSERT_EQ(count(cutting.cut(&regions), PartKind::crop), 2U);
  const Parts& parts = cutting.cut(&regions, test::picture(1000, 300));
  ASSERT_EQ(parts.items.size(), 1U);
  EXPECT_EQ(parts.items[0].kind, PartKind::whole);
  EXPECT_EQ(parts.items[0].area, (Box{0, 0, 1000, 300}));
  EXPECT_EQ(parts.frame_width, 1000);
}

TEST(PartitionContent, ASceneCutStartsAnew) {
  Cutting cutting(kNoLrc);
  const Regions regions = two_apart();
  cutting.warm_up(regions);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(count(cutting.cut(&regions, test::picture(1242, 375, 2)), PartKind::whole), 1U) << i;
  }
  EXPECT_EQ(count(cutting.cut(&regions, test::picture(1242, 375, 2)), PartKind::whole), 0U);
}

TEST(PartitionContent, AGapOfTenFramesStartsAnew) {
  const ContentStageOptions options;
  ContentStream stream(options, *ContentPartition::create(options.content));
  const Packet frame = test::packet_of(test::picture());
  const Regions regions = two_apart();
  const auto kinds = [&](std::uint64_t number) {
    Parts parts;
    stream.cut(frame, number, &regions, parts);
    return parts.items.empty() ? PartKind::low_resolution : parts.items[0].kind;
  };
  for (std::uint64_t number = 0; number < 3; ++number) EXPECT_EQ(kinds(number), PartKind::whole);
  EXPECT_EQ(kinds(3), PartKind::crop);
  EXPECT_EQ(kinds(6), PartKind::crop) << "two frames are missing";
  EXPECT_EQ(kinds(17), PartKind::whole) << "ten are";
}

/// What came back for the parts of a frame: each took `ms` per part on the worker.
PartAnswers timings(std::uint64_t frame, std::vector<int> ms_by_worker) {
  PartAnswers answers;
  std::int32_t worker = 0;
  for (const int ms : ms_by_worker) {
    PartAnswer answer;
    answer.area = {0, 0, 200, 200};
    answer.width = answer.height = 200;
    answer.status = PartStatus::ok;
    answer.frame = frame;
    answer.worker = worker++;
    answer.bytes = 16000;
    answer.service = std::chrono::milliseconds(ms);
    answer.elapsed = std::chrono::milliseconds(ms + 2);
    answers.items.push_back(std::move(answer));
  }
  return answers;
}

TEST(PartitionContent, LearnsThatAWorkerIsSlow) {
  // Two neighbours: two equal workers share them; where one worker is far slower, the other gets both.
  Regions regions;
  regions.items = {test::region({300, 100, 420, 340}, 1), test::region({520, 100, 640, 340}, 2)};
  const Params params{{"parts", "2"}, {"lrc.when", "never"}, {"shrink", "false"}};
  for (const int slow_ms : {5, 2000}) {
    Cutting cutting(params);
    cutting.warm_up(regions);
    std::size_t parts = 0;
    for (std::uint64_t frame = 5; frame < 40; ++frame) {
      cutting.answer(timings(frame, {5, slow_ms}));
      parts = cutting.cut(&regions).items.size();
    }
    EXPECT_EQ(parts, slow_ms == 5 ? 2U : 1U) << slow_ms;
  }
}

TEST(PartitionContent, LearnsNothingWhereItIsToldNotTo) {
  Regions regions;
  regions.items = {test::region({300, 100, 420, 340}, 1), test::region({520, 100, 640, 340}, 2)};
  Cutting cutting(Params{{"parts", "2"}, {"lrc.when", "never"}, {"shrink", "false"}, {"learn", "false"}});
  cutting.warm_up(regions);
  for (std::uint64_t frame = 5; frame < 40; ++frame) {
    cutting.answer(timings(frame, {5, 2000}));
    EXPECT_EQ(cutting.cut(&regions).items.size(), 2U);
  }
}

TEST(PartitionContent, RefusesFindsOutOfRange) {
  Registry registry;
  ASSERT_TRUE(register_partition_stages(registry));
  for (const auto& [name, value] : Params{{"find_score", "1.5"},
                                          {"find_frames", "0"},
                                          {"find_margin", "-1"},
                                          {"find_time", "-1"},
                                          {"whole_from", "-1"},
                                          {"learn", "2"}}) {
    EXPECT_FALSE(StageHarness(registry, "partition.content", Params{{name, value}}).open()) << name;
  }
}

TEST(PartitionContent, LooksForWhatAnAnswerHoldsAndNobodyExpects) {
  Cutting cutting(kNoLrc);
  const Regions regions = two_apart();
  cutting.warm_up(regions);
  Detections found;
  found.items.push_back({{200, 72, 220, 84}, 0.9F, 0});
  PartAnswer answer;
  answer.area = {0, 0, 1242, 375};
  answer.width = 497;
  answer.height = 150;
  answer.kind = PartKind::low_resolution;
  answer.status = PartStatus::ok;
  answer.frame = 3;
  answer.answer = test::packet_of(std::move(found));
  PartAnswers answers;
  answers.items.push_back(std::move(answer));
  cutting.answer(answers);
  EXPECT_TRUE(holds(cutting.cut(&regions), {501, 181, 549, 209}));
  for (int i = 0; i < 9; ++i) EXPECT_TRUE(holds(cutting.cut(&regions), {501, 181, 549, 209}));
  EXPECT_FALSE(holds(cutting.cut(&regions), {501, 181, 549, 209})) << "no track came of it";
}

TEST(PartitionContent, LargeObjectsAreSentSmaller) {
  Regions regions;
  regions.items = {test::region({300, 20, 600, 350}, 1)};
  for (const bool shrink : {true, false}) {
    Cutting cutting(Params{{"lrc.when", "never"}, {"shrink", shrink ? "true" : "false"}});
    cutting.warm_up(regions);
    const Parts& parts = cutting.cut(&regions);
    ASSERT_EQ(parts.items.size(), 1U);
    const auto width = static_cast<float>(parts.items[0].image.get<Frame>()->image.width);
    EXPECT_NEAR(width / parts.items[0].area.width(), shrink ? 160.0 / 300 : 1, 0.01);
  }
}

}  // namespace
}  // namespace weir
