// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/harness.hpp"
#include "pipeline/payloads.hpp"
#include "pipeline/split.hpp"
#include "stages/control/ladder_file.hpp"
#include "stages/register.hpp"
#include "tests/app/program.hpp"

namespace weir {
namespace {

using ::testing::HasSubstr;

const Registry& stages() {
  static const Registry registry = [] {
    Registry made;
    EXPECT_TRUE(register_control_stages(made));
    return made;
  }();
  return registry;
}

Ladder ladder() {
  Ladder made;
  made.rungs.push_back(
      {.name = "jpeg-30", .kind = RungKind::jpeg, .bytes = 9000, .bytes_p90 = 9900, .accuracy = 0.7, .setup = 30});
  made.rungs.push_back({.name = "features-0", .bytes = 30000, .bytes_p90 = 33000, .accuracy = 0.99, .setup = 4});
  made.fingerprint = "00000000000000ff engine; machine";
  return made;
}

TEST(Controller, WithoutADeadlineTheMostAccurateRungIsSent) {
  const test::TempFolder folder;
  ASSERT_TRUE(write_ladder_file(folder.file("ladder.json"), ladder()));
  StageHarness control(stages(), "control.mpc", {{"ladder", folder.file("ladder.json")}});
  const Status opened = control.open();
  ASSERT_TRUE(opened) << opened.error().text;
  control.feed("frame", Frame{});
  ASSERT_TRUE(control.run());
  const auto* setup = control.output<weir::Setup>("setup");
  ASSERT_NE(setup, nullptr);
  EXPECT_EQ(setup->rung, 1);
  EXPECT_EQ(setup->kind, RungKind::features);
  EXPECT_EQ(setup->level, 4);
  EXPECT_EQ(setup->pair, 0xFFU) << "the fingerprint tells what it was measured with";
  EXPECT_EQ(control.output("setup").quality().setup, 1);
  EXPECT_FLOAT_EQ(control.output("setup").quality().expected_accuracy, 0.99F);
}

TEST(Controller, PassesOnTheSizeOfThePicture) {
  const test::TempFolder folder;
  Ladder small = ladder();
  small.rungs[0].width = 320, small.rungs[0].height = 96;
  small.rungs[0].accuracy = 1;
  ASSERT_TRUE(write_ladder_file(folder.file("ladder.json"), small));
  StageHarness control(stages(), "control.mpc", {{"ladder", folder.file("ladder.json")}});
  ASSERT_TRUE(control.open());
  control.feed("frame", Frame{});
  ASSERT_TRUE(control.run());
  const auto* setup = control.output<weir::Setup>("setup");
  EXPECT_EQ(setup->kind, RungKind::jpeg);
  EXPECT_EQ(setup->width, 320);
  EXPECT_EQ(setup->height, 96);
}

TEST(Controller, ClioCutsNothingWhereNothingCanBeLate) {
  const test::TempFolder folder;
  ASSERT_TRUE(write_ladder_file(folder.file("ladder.json"), ladder()));
  StageHarness control(stages(), "control.clio", {{"ladder", folder.file("ladder.json")}});
  const Status opened = control.open();
  ASSERT_TRUE(opened) << opened.error().text;
  control.feed("frame", Frame{});
  ASSERT_TRUE(control.run());
  EXPECT_EQ(control.output<weir::Setup>("setup")->rung, 1);
  EXPECT_FALSE(control.output<weir::Setup>("setup")->progressive);
}

TEST(Controller, SaysWhatIsWrongWithItsLadder) {
  const test::TempFolder folder;
  const auto error_of = [](std::map<std::string, std::string> params, const char* stage = "control.mpc") {
    StageHarness control(stages(), stage, std::move(params));
    const Status opened = control.open();
    EXPECT_FALSE(opened);
    return opened ? std::string() : opened.error().text;
  };
  EXPECT_THAT(error_of({{"ladder", folder.file("none.json")}}), HasSubstr("none.json"));
  EXPECT_THAT(error_of({{"ladder", folder.write("bad.json", "{}")}}), HasSubstr("bad.json"));
  ASSERT_TRUE(write_ladder_file(folder.file("ladder.json"), ladder()));
  EXPECT_THAT(error_of({{"ladder", folder.file("ladder.json")}, {"rung", "huge"}}, "control.fixed"), HasSubstr("huge"));
  EXPECT_THAT(error_of({{"ladder", folder.file("ladder.json")}}, "control.remote-h264"), HasSubstr("ladder.json"));
}

}  // namespace
}  // namespace weir
