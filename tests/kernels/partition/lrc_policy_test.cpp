// SPDX-License-Identifier: Apache-2.0
#include "kernels/partition/lrc_policy.hpp"

#include <gtest/gtest.h>

namespace weir {
namespace {

int due_in(LrcPolicy& policy, const LrcSignals& signals, int frames) {
  int due = 0;
  for (int i = 0; i < frames; ++i) due += policy.due(signals) ? 1 : 0;
  return due;
}

TEST(LrcPolicy, FixedRates) {
  LrcPolicy every({.when = LrcOptions::When::every, .every = 3});
  EXPECT_FALSE(every.due({}));
  EXPECT_FALSE(every.due({}));
  EXPECT_TRUE(every.due({}));
  EXPECT_EQ(due_in(every, {}, 30), 10);
  LrcPolicy never({.when = LrcOptions::When::never});
  EXPECT_EQ(due_in(never, {.scene_change = 1, .border_births = 9, .anything_expected = false}, 30), 0);
}

TEST(LrcPolicy, AQuietSceneWaitsLongest) {
  LrcPolicy policy({});
  EXPECT_EQ(due_in(policy, {}, 50), 10);
}

TEST(LrcPolicy, HurriesWhereTheSceneChanges) {
  LrcPolicy policy({});
  EXPECT_EQ(due_in(policy, {.scene_change = 0.1F}, 30), 10);
  EXPECT_EQ(due_in(policy, {.scene_change = 1}, 30), 15) << "but not more than each second frame";
}

TEST(LrcPolicy, HurriesWhereObjectsComeIn) {
  LrcPolicy policy({});
  EXPECT_EQ(due_in(policy, {.border_births = 2}, 30), 15);
}

TEST(LrcPolicy, HurriesWhereNothingIsExpected) {
  LrcPolicy policy({});
  EXPECT_EQ(due_in(policy, {.anything_expected = false}, 30), 15);
}

TEST(LrcPolicy, AWholeFrameCountsAsOne) {
  LrcPolicy policy({});
  EXPECT_EQ(due_in(policy, {}, 4), 0);
  policy.whole_sent();
  EXPECT_EQ(due_in(policy, {}, 4), 0);
  EXPECT_TRUE(policy.due({}));
}

TEST(AtBorder, LeftRightAndBelow) {
  EXPECT_TRUE(at_border({5, 200, 60, 240}, 1242, 375));
  EXPECT_TRUE(at_border({1190, 200, 1230, 240}, 1242, 375));
  EXPECT_TRUE(at_border({600, 300, 700, 374}, 1242, 375));
  EXPECT_FALSE(at_border({600, 180, 640, 210}, 1242, 375));
  EXPECT_FALSE(at_border({600, 0, 640, 30}, 1242, 375)) << "nothing comes out of the sky";
}

}  // namespace
}  // namespace weir
