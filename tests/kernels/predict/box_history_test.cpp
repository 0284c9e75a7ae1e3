// SPDX-License-Identifier: Apache-2.0
#include "kernels/predict/box_history.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "kernels/base/random.hpp"
#include "tests/support/allocation_count.hpp"

namespace weir {
namespace {

IdentifiedBox at(std::int64_t id, float x) { return {{x, 10, x + 20, 40}, id, 1}; }

TEST(BoxHistory, KeepsTheLastBoxesOfEachObject) {
  BoxHistory history;
  for (int i = 0; i < 12; ++i) {
    const IdentifiedBox frame[] = {at(9, static_cast<float>(i)), at(4, 100)};
    history.advance(frame, 640, 192);
  }
  const TrackHistory& track = history.tracks()[history.find(9)];
  EXPECT_EQ(track.observed, 12);
  ASSERT_EQ(track.size(), TrackHistory::kDepth);
  for (std::size_t back = 0; back < track.size(); ++back) {
    EXPECT_EQ(track.seen(back).box.left, 11 - static_cast<float>(back));
    EXPECT_EQ(track.seen(back).frame, 11 - static_cast<std::int64_t>(back));
  }
  EXPECT_EQ(history.find(5), BoxHistory::kNone);
}

TEST(BoxHistory, ObjectsOutliveFramesWithoutThemAndThenEnd) {
  BoxHistory history(3);
  const IdentifiedBox first[] = {at(1, 0)};
  history.advance(first, 640, 192);
  history.advance({}, 640, 192);
  history.skip(2);
  const std::size_t place = history.find(1);
  ASSERT_NE(place, BoxHistory::kNone);
  EXPECT_EQ(history.tracks()[place].missed, 3);
  const IdentifiedBox back[] = {at(1, 8)};
  history.advance(back, 640, 192);
  EXPECT_EQ(history.find(1), place);
  EXPECT_EQ(history.tracks()[place].gap(), 4);
  history.skip(4);
  EXPECT_EQ(history.find(1), BoxHistory::kNone);
  history.skip(std::numeric_limits<std::int32_t>::max());
  history.advance(back, 640, 192);
  EXPECT_EQ(history.tracks()[history.find(1)].observed, 1);
}

TEST(BoxHistory, IgnoresWhatCannotBe) {
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  BoxHistory history;
  const IdentifiedBox frame[] = {
      {{nan, 0, 1, 1}, 1}, {{0, 0, inf, 1}, 2}, {{5, 0, 5, 1}, 3}, {{5, 3, 9, 1}, 4}, at(5, 7), at(5, 90)};
  history.advance(frame, 640, 192);
  for (const std::int64_t id : {1, 2, 3, 4}) EXPECT_EQ(history.find(id), BoxHistory::kNone) << id;
  EXPECT_EQ(history.tracks()[history.find(5)].box().left, 7);
  EXPECT_EQ(history.tracks()[history.find(5)].observed, 1);
}

TEST(BoxHistory, ForgetsAllWhenTheFrameChangesItsSize) {
  BoxHistory history;
  const IdentifiedBox frame[] = {at(1, 0)};
  history.advance(frame, 640, 192);
  history.advance(frame, 1242, 375);
  EXPECT_EQ(history.tracks()[history.find(1)].observed, 1);
}

TEST(BoxHistory, AFloodOfObjectsFitsAndAllocatesOnce) {
  BoxHistory history;
  std::vector<IdentifiedBox> frame;
  const auto next = [&](std::int64_t first) {
    frame.clear();
    for (std::int64_t i = 0; i < 2000; ++i) frame.push_back(at(first + i, static_cast<float>(i)));
  };
  for (std::int64_t round = 0; round < 20; ++round) {  // 12 generations of objects live at once
    next(round * 2000);
    history.advance(frame, 640, 192);
  }
  EXPECT_EQ(history.tracks().size(), 12U * 2000);
  next(20 * 2000);
  const std::size_t before = test::allocation_count();
  history.advance(frame, 640, 192);
  EXPECT_EQ(test::allocation_count(), before);
}

}  // namespace
}  // namespace weir
