// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "pipeline/harness.hpp"
#include "pipeline/payloads.hpp"
#include "stages/register.hpp"

namespace weir {
namespace {

const Registry& stages() {
  static const Registry registry = [] {
    Registry made;
    EXPECT_TRUE(register_merge_stages(made));
    return made;
  }();
  return registry;
}

Detections answer(float score) {
  static const auto names = std::make_shared<const ClassNames>(ClassNames{"car"});
  return {{{{1, 2, 3, 4}, score, 0}}, names, 1242, 375};
}

TEST(MergeBest, TheCloudsAnswerStands) {
  StageHarness best(stages(), "merge.best");
  ASSERT_TRUE(best.open());
  best.feed("cloud", answer(0.9F));
  best.feed("local", answer(0.4F));
  ASSERT_TRUE(best.run());
  ASSERT_EQ(best.output<Detections>("detections")->items.size(), 1U);
  EXPECT_EQ(best.output<Detections>("detections")->items[0].score, 0.9F);
  EXPECT_EQ(best.output("detections").quality().outcome, Outcome::full);
}

TEST(MergeBest, TheDevicesOwnStandsInAndSaysSo) {
  StageHarness best(stages(), "merge.best");
  ASSERT_TRUE(best.open());
  best.feed("local", answer(0.4F));
  ASSERT_TRUE(best.run());
  EXPECT_EQ(best.output<Detections>("detections")->items[0].score, 0.4F);
  EXPECT_EQ(best.output<Detections>("detections")->frame_width, 1242);
  EXPECT_EQ(best.output("detections").quality().outcome, Outcome::local);
}

TEST(MergeBest, WithoutAnyAnswerTheFrameIsGivenUp) {
  StageHarness best(stages(), "merge.best");
  ASSERT_TRUE(best.open());
  ASSERT_TRUE(best.run());
  EXPECT_EQ(best.drop_reason(), "no_answer");
}

}  // namespace
}  // namespace weir
