// SPDX-License-Identifier: Apache-2.0
#include "kernels/control/ladder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/control/published_ladder.hpp"

namespace weir {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Rung rung(std::string name, double bytes, double accuracy, int device_ms = 1) {
  Rung made;
  made.name = std::move(name);
  made.bytes = bytes;
  made.accuracy = accuracy;
  made.device = std::chrono::milliseconds(device_ms);
  return made;
}

TEST(Ladder, DropsWhatAnotherRungDominates) {
  Ladder ladder;
  ladder.rungs = {rung("big", 900, 0.9),  rung("worse", 950, 0.8),    rung("small", 100, 0.5),
                  rung("twin", 100, 0.5), rung("quick", 950, 0.8, 0), rung("same size", 900, 0.7)};
  EXPECT_THAT(efficient_rungs(ladder), ElementsAre(2, 0, 4));
  const Ladder kept = pareto(ladder);
  ASSERT_EQ(kept.rungs.size(), 3U);
  EXPECT_EQ(kept.rungs[0].name, "small");
  EXPECT_EQ(kept.rungs[2].name, "quick");
}

TEST(Ladder, TellsWhatIsWrong) {
  const auto error = [](const Rung& bad) {
    Ladder ladder;
    ladder.rungs = {rung("good", 1, 0.5), bad};
    const Status status = validate(ladder);
    return status ? std::string() : status.error().text;
  };
  EXPECT_EQ(error(rung("other", 2, 0.6)), "");
  EXPECT_THAT(error(rung("", 2, 0.6)), HasSubstr("rung 1 (\"\") of the ladder has no name"));
  EXPECT_THAT(error(rung("good", 2, 0.6)), HasSubstr("two rungs with the name \"good\""));
  EXPECT_THAT(error(rung("other", -2, 0.6)), HasSubstr("bytes"));
  EXPECT_THAT(error(rung("other", std::nan(""), 0.6)), HasSubstr("bytes"));
  EXPECT_THAT(error(rung("other", 2, 1.1)), HasSubstr("accuracy"));
  EXPECT_THAT(error(rung("other", 2, 0.6, -1)), HasSubstr("device time"));
  EXPECT_THAT(validate({}).error().text, HasSubstr("no rung"));
  Rung sized = rung("other", 2, 0.6);
  sized.width = 320;
  EXPECT_THAT(error(sized), HasSubstr("size"));
  sized.height = 96;
  EXPECT_THAT(error(sized), HasSubstr("features"));
  sized.kind = RungKind::jpeg;
  EXPECT_EQ(error(sized), "");
  sized.height = 20000;
  EXPECT_THAT(error(sized), HasSubstr("16384"));
}

TEST(Ladder, KindsHaveNames) {
  for (const RungKind kind :
       {RungKind::features, RungKind::lz4, RungKind::jpeg, RungKind::webp, RungKind::h264, RungKind::raw}) {
    EXPECT_EQ(rung_kind(to_string(kind)), kind);
  }
  EXPECT_THAT(rung_kind("gif").error().text, HasSubstr("features, lz4, jpeg, webp, h264, raw"));
}

TEST(PublishedLadder, HasTheKnownPoints) {
  const Ladder ladder = published_ladder();
  EXPECT_TRUE(validate(ladder));
  EXPECT_TRUE(validate(published_rivals()));
  ASSERT_EQ(ladder.rungs.size(), 40U);
  const auto n2q2 = std::ranges::find(ladder.rungs, "N2Q2", &Rung::name);
  ASSERT_NE(n2q2, ladder.rungs.end());
  EXPECT_DOUBLE_EQ(n2q2->bytes, 6272 + 2 * 8 + 32);
  EXPECT_NEAR(n2q2->accuracy, 0.8526, 1e-9);
  EXPECT_EQ(pareto(ladder).rungs.front().name, "N1Q1");
  EXPECT_EQ(pareto(ladder).rungs.back().name, "N32Q4");
}

}  // namespace
}  // namespace weir
