// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/kernels/control/links.hpp"

namespace weir {
namespace {

using test::at_ms;
using test::ms;
using test::policy;
using test::simulate;
using ::testing::AllOf;
using ::testing::HasSubstr;

const Rung& chosen(const Ladder& ladder, const Decision& decision) {
  return ladder.rungs.at(static_cast<std::size_t>(decision.rung));
}

std::string last_rung(double bits_per_second, std::string_view name, const SimulationOptions& options = {}) {
  const Ladder ladder = published_ladder_for(name);
  SimulationOptions some = options;
  some.frames = 100;
  const auto records = simulate(Capacity(bits_per_second), name, ladder, some);
  const Decision& decision = records.back().decision;
  return decision.rung < 0 ? "none" : chosen(ladder, decision).name;
}

TEST(Policies, AreKnownByName) {
  const Ladder ladder = published_ladder();
  for (auto name : policy_names()) {
    const Ladder its = published_ladder_for(name);
    const auto made = make_policy(name, its, {});
    ASSERT_TRUE(made) << made.error().text;
    EXPECT_EQ((*made)->name(), name);
  }
  EXPECT_THAT(make_policy("mcp", ladder, {}).error().text,
              AllOf(HasSubstr("no policy \"mcp\""), HasSubstr("mpc, fixed, smallest")));
}

TEST(Policies, RefuseWhatTheyCannotWorkWith) {
  const Ladder ladder = published_ladder();
  EXPECT_THAT(make_policy("remote-jpeg", ladder, {}).error().text, HasSubstr("needs JPEG rungs"));
  EXPECT_THAT(make_policy("neurosurgeon", ladder, {}).error().text, HasSubstr("floats"));
  EXPECT_THAT(make_policy("mpc", {}, {}).error().text, HasSubstr("no rung"));
  EXPECT_THAT(make_policy("mpc", ladder, {.horizon = 0}).error().text, HasSubstr("horizon is 0"));
  EXPECT_THAT(make_policy("mpc", ladder, {.risk = 0.6}).error().text, HasSubstr("risk"));
  EXPECT_THAT(make_policy("fixed", ladder, {.fixed_rung = "N9Q9"}).error().text,
              AllOf(HasSubstr("no rung \"N9Q9\""), HasSubstr("N1Q8")));
}

TEST(Policies, FixedAndSmallestNeverChange) {
  const Ladder ladder = published_ladder();
  const auto fixed = *make_policy("fixed", ladder, {.fixed_rung = "N8Q2"});
  EXPECT_EQ(chosen(ladder, fixed->decide({})).name, "N8Q2");
  EXPECT_EQ(chosen(ladder, policy("smallest", ladder)->decide({})).name, "N1Q1");
  EXPECT_EQ(policy("local", ladder)->decide({}).rung, -1);
}

TEST(Policies, SpinnSplitsByWhatTheLinkBears) {
  EXPECT_EQ(last_rung(400e6, "spinn"), "split_stem");
  EXPECT_EQ(last_rung(100e6, "spinn"), "split_block1");
  EXPECT_EQ(last_rung(3e6, "spinn").substr(0, 12), "split_block7");
  EXPECT_EQ(last_rung(1e5, "spinn"), "none");  // the device's answer stands
}

TEST(Policies, SpinnSendsInItsOwnCodingAmongOthers) {
  Ladder ladder = published_ladder();
  std::erase_if(ladder.rungs, [](const Rung& rung) { return rung.bits == 8; });
  EXPECT_THAT(make_policy("spinn", ladder, {}).error().text, HasSubstr("8 bits"));
  Rung& lz4 = ladder.rungs.emplace_back();
  lz4.name = "lz4";
  lz4.kind = RungKind::lz4;
  lz4.bytes = 60'000;
  lz4.accuracy = 0.8;
  lz4.bits = 8;
  Situation situation;
  situation.deadline = ms(200);
  situation.period = ms(100);
  EXPECT_EQ(chosen(ladder, policy("spinn", ladder)->decide(situation)).name, "lz4");
}

TEST(Policies, SpinnTriesAgainAfterAnOutage) {
  const auto records = simulate(test::with_outage(5), "spinn", published_rivals());
  EXPECT_LT(recovery_after(at_ms(50'000), records), ms(10'000));
}

TEST(Policies, NeurosurgeonMovesTheSplit) {
  EXPECT_EQ(last_rung(400e6, "neurosurgeon"), "float_image");
  EXPECT_EQ(last_rung(8e6, "neurosurgeon"), "float_block7");
}

TEST(Policies, PicturesAdaptTheirQuality) {
  EXPECT_EQ(last_rung(20e6, "remote-jpeg"), "jpeg_47998");
  EXPECT_EQ(last_rung(0.2e6, "remote-jpeg"), "jpeg_14504");
  EXPECT_EQ(last_rung(20e6, "remote-h264"), "h264_21254");
  EXPECT_EQ(last_rung(0.4e6, "remote-h264"), "h264_7732");
}

TEST(Policies, ClioOffersWhatTheLongTermBears) {
  EXPECT_EQ(last_rung(50e6, "clio"), "N32Q2");
  const auto records = simulate(Capacity(0.3e6), "clio", published_ladder(), {.frames = 600});
  EXPECT_TRUE(records.back().decision.progressive);
  EXPECT_EQ(chosen(published_ladder(), records.back().decision).name, "N1Q2");
  EXPECT_EQ(records.back().end, FrameEnd::chosen);
}

TEST(Policies, ClioTakesFeaturesOfMixedBitsWhereThereAreNoOthers) {
  Ladder ladder;
  for (const int bytes : {9000, 3000}) {
    Rung& rung = ladder.rungs.emplace_back();
    rung.name = "features-" + std::to_string(bytes);
    rung.bytes = bytes;
    rung.accuracy = 0.8;
  }
  const Decision decision = policy("clio", ladder)->decide({});
  EXPECT_EQ(decision.rung, 1);
  EXPECT_TRUE(decision.progressive);
  for (Rung& rung : ladder.rungs) rung.kind = RungKind::jpeg;
  EXPECT_THAT(make_policy("clio", ladder, {}).error().text, HasSubstr("features"));
}

TEST(Policies, NoneOfTheRealisableBeatsMpcOnChangingLinks) {
  std::vector<double> ours(3), theirs(3);
  for (auto name : policy_names()) {
    for (std::size_t i = 0; i < 3; ++i) {
      Ladder ladder = published_ladder_for(name);
      double sum = 0;
      for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        sum += summarise(simulate(test::random_link(seed, 60), name, ladder, test::settings()[i])).effective_accuracy;
      }
      (name == "mpc" ? ours : theirs)[i] = std::max((name == "mpc" ? ours : theirs)[i], sum);
    }
  }
  for (std::size_t i = 0; i < 3; ++i) EXPECT_GT(ours[i], theirs[i]) << i;
}

}  // namespace
}  // namespace weir
