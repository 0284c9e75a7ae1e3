// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "pipeline/harness.hpp"
#include "stages/register.hpp"
#include "tests/stages/propose/tracks_samples.hpp"

namespace weir {
namespace {

using testing::HasSubstr;
using namespace test;

struct Kind {
  const char* stage;
  const char* weights;  ///< in models/proposals; empty: none
  float tolerance;      ///< of the next position, pixels
  float speed;          ///< expected, pixels per frame
};

class ProposeKinds : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override { ASSERT_TRUE(register_propose_stages(registry_)); }

  StageHarness made(std::map<std::string, std::string> params = {}) const {
    const std::string weights = GetParam().weights;
    if (!weights.empty()) params["weights"] = WEIR_SOURCE_DIR "/models/proposals/" + weights;
    return {registry_, GetParam().stage, params};
  }

  Registry registry_;
};

TEST_P(ProposeKinds, FollowACarByItsTracks) {
  StageHarness harness = made();
  ASSERT_TRUE(harness.open());
  harness.feed("frame", blank_frame());
  ASSERT_TRUE(harness.run());
  ASSERT_NE(harness.output<Regions>("regions"), nullptr);
  EXPECT_TRUE(harness.output<Regions>("regions")->items.empty()) << "the first frame has no tracks";
  for (int frame = 1; frame < 12; ++frame) {
    harness.feed("frame", blank_frame());
    harness.feed("tracks", driving(frame - 1), 1);
    ASSERT_TRUE(harness.run());
  }
  const Regions& regions = *harness.output<Regions>("regions");
  ASSERT_EQ(regions.items.size(), 1U);
  const Region& region = regions.items[0];
  EXPECT_NEAR(region.box.center_x(), 240 + GetParam().speed, GetParam().tolerance);
  EXPECT_NEAR(region.box.width(), 80, std::max(GetParam().tolerance, 12.F));
  EXPECT_EQ(region.track_id, 1);
  EXPECT_EQ(region.class_id, 1);
  for (std::size_t side = 0; side < 4; ++side) {
    EXPECT_GT(region.sigma[side], 0);
    EXPECT_GT(region.margin[side], region.sigma[side]);
  }
}

TEST_P(ProposeKinds, NeverPutOutNonsense) {
  StageHarness harness = made({{"max_regions", "40"}});
  ASSERT_TRUE(harness.open());
  Random random(1);
  for (int frame = 0; frame < 40; ++frame) {
    const bool small = frame >= 20;  // another size from here on
    const int width = small ? 640 : kWidth, height = small ? 360 : kHeight;
    if (frame == 30) harness.skip(10);
    harness.feed("frame", blank_frame(width, height));
    Tracks tracks = no_tracks(width, height);
    for (int i = 0; i < 60; ++i) {
      const auto x = static_cast<float>(random.uniform(-300, 1500)), y = static_cast<float>(random.uniform(-99, 500));
      const auto side = static_cast<float>(std::exp(random.uniform(-3, 7)));
      tracks.items.push_back(car({x, y, x + side, y + side}, i, static_cast<float>(random.uniform())));
      if (random.uniform() < 0.05) tracks.items.back().box.top = std::nanf("");
      if (random.uniform() < 0.3) tracks.items.back().missed = 1;
    }
    if (random.uniform() < 0.8) harness.feed("tracks", tracks, 1 + random.below(4));
    ASSERT_TRUE(harness.run());
    const Regions& regions = *harness.output<Regions>("regions");
    ASSERT_LE(regions.items.size(), 40U);
    for (const Region& region : regions.items) {
      ASSERT_GE(region.box.left, 0);
      ASSERT_GE(region.box.top, 0);
      ASSERT_LE(region.box.right, static_cast<float>(width));
      ASSERT_LE(region.box.bottom, static_cast<float>(height));
      ASSERT_GE(region.box.width(), 1);
      ASSERT_GE(region.box.height(), 1);
      for (std::size_t side = 0; side < 4; ++side) {
        ASSERT_TRUE(region.sigma[side] >= 0 && region.sigma[side] <= kWidth);
        ASSERT_TRUE(region.margin[side] >= 0 && region.margin[side] <= kWidth);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, ProposeKinds,
                         testing::Values(Kind{"propose.lstm", "weir_proposals.lstm", 6, 10},
                                         Kind{"propose.attention", "weir_proposals.attention", 6, 10},
                                         Kind{"propose.elf_lstm", "weir_proposals.elf_lstm", 60, 10},
                                         Kind{"propose.elf_attention", "weir_proposals.elf_attention", 60, 10},
                                         Kind{"propose.autoregressive", "weir_proposals.autoregressive", 2, 10},
                                         Kind{"propose.velocity", "", 0.01F, 10}, Kind{"propose.copy", "", 0.01F, 0}),
                         [](const auto& kind) { return std::string(kind.param.stage).substr(8); });

TEST(Propose, NamesWeightsThatCannotBeUsed) {
  Registry registry;
  ASSERT_TRUE(register_propose_stages(registry));
  StageHarness missing(registry, "propose.lstm", {{"weights", "/nowhere/some.lstm"}});
  const Status status = missing.open();
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().text, HasSubstr("/nowhere/some.lstm"));
  StageHarness other(registry, "propose.lstm",
                     {{"weights", WEIR_SOURCE_DIR "/models/proposals/weir_proposals.autoregressive"}});
  const Status wrong = other.open();
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().text, HasSubstr("wanted \"weir-proposals-lstm 1\""));
  StageHarness velocity(registry, "propose.velocity", {{"weights", "some"}});
  EXPECT_FALSE(velocity.open()) << "it has none";
}

}  // namespace
}  // namespace weir
