// SPDX-License-Identifier: Apache-2.0
#include "stages/partition/finds.hpp"

#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "tests/stages/partition/test_frames.hpp"

namespace weir {
namespace {

constexpr FindOptions kOptions{.least_score = 0.4F, .frames = 3, .margin = 10};
constexpr double kNoLimit = 1e9;

/// An answer to a low-resolution frame at half size.
PartAnswers low_resolution_answer(std::vector<Detection> detections) {
  Detections found;
  found.items = std::move(detections);
  PartAnswer answer;
  answer.area = {0, 0, 1000, 400};
  answer.width = 500;
  answer.height = 200;
  answer.kind = PartKind::low_resolution;
  answer.status = PartStatus::ok;
  answer.answer = test::packet_of(std::move(found));
  PartAnswers answers;
  answers.items.push_back(std::move(answer));
  return answers;
}

TEST(Finds, AreLookedForWhereTheyWereForAFewFrames) {
  Finds finds(kOptions);
  finds.take(low_resolution_answer({{{100, 50, 150, 100}, 0.9F, 0}, {{300, 50, 350, 100}, 0.1F, 0}}));
  for (int frame = 0; frame < 3; ++frame) {
    std::vector<ExpectedObject> expected;
    finds.add_to(expected, kNoLimit);
    ASSERT_EQ(expected.size(), 1U);
    EXPECT_EQ(expected[0].box, (Box{200, 100, 300, 200}));
    EXPECT_LT(expected[0].id, 0);
    EXPECT_TRUE(expected[0].still);
    EXPECT_EQ(expected[0].margin, (std::array<float, 4>{60, 60, 60, 60})) << "half its size and 10 pixels";
  }
  std::vector<ExpectedObject> expected;
  finds.add_to(expected, kNoLimit);
  EXPECT_TRUE(expected.empty());
}

TEST(Finds, TheSurestComeFirstWhereNotAllMay) {
  Finds finds(kOptions);
  finds.take(low_resolution_answer({{{100, 50, 150, 100}, 0.5F, 0}, {{300, 50, 350, 100}, 0.9F, 0}}));
  // Each is 100 pixels wide and high, and shown with 60 on each side.
  for (const double pixels : {2 * 220 * 220 - 1.0, 220 * 220.0}) {
    std::vector<ExpectedObject> expected;
    finds.add_to(expected, pixels);
    ASSERT_EQ(expected.size(), 1U);
    EXPECT_EQ(expected[0].box.left, 600);
  }
  std::vector<ExpectedObject> expected;
  finds.add_to(expected, 220 * 220 - 1.0);
  EXPECT_TRUE(expected.empty());
}

TEST(Finds, EndWhereATrackTellsOfThem) {
  Finds finds(kOptions);
  finds.take(low_resolution_answer({{{100, 50, 150, 100}, 0.9F, 0}}));
  std::vector<ExpectedObject> expected{{{205, 100, 305, 200}, 7, {}}};
  finds.add_to(expected, kNoLimit);
  EXPECT_EQ(expected.size(), 1U);
  expected.clear();
  finds.add_to(expected, kNoLimit);
  EXPECT_TRUE(expected.empty());
}

TEST(Finds, OneObjectOnceAndFloodsBounded) {
  Finds finds(kOptions);
  const PartAnswers answers = low_resolution_answer({{{100, 50, 150, 100}, 0.9F, 0}, {{102, 50, 152, 100}, 0.8F, 0}});
  finds.take(answers);
  finds.take(answers);
  std::vector<ExpectedObject> expected;
  finds.add_to(expected, kNoLimit);
  EXPECT_EQ(expected.size(), 1U);

  std::vector<Detection> flood;
  for (int i = 0; i < 2000; ++i) {
    const auto x = static_cast<float>(i % 50 * 10), y = static_cast<float>(i / 50 * 5);
    flood.push_back({{x, y, x + 8, y + 4}, 0.9F, 0});
  }
  flood.push_back({{0, 0, 1, 1}, std::numeric_limits<float>::quiet_NaN(), 0});
  finds.take(low_resolution_answer(flood));
  expected.clear();
  finds.add_to(expected, kNoLimit);
  EXPECT_LE(expected.size(), 256U);
}

TEST(Finds, OtherAnswersArePassedOver) {
  Finds finds(kOptions);
  PartAnswers answers = low_resolution_answer({{{100, 50, 150, 100}, 0.9F, 0}});
  answers.items[0].status = PartStatus::lost;
  finds.take(answers);
  answers.items[0].status = PartStatus::ok;
  answers.items[0].answer = test::packet_of(Tracks{});
  finds.take(answers);
  std::vector<ExpectedObject> expected;
  finds.add_to(expected, kNoLimit);
  EXPECT_TRUE(expected.empty());
}

}  // namespace
}  // namespace weir
