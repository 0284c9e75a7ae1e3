// SPDX-License-Identifier: Apache-2.0
#include "bench/common/targets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::bench {
namespace {

Target target(const std::string& op, double value) { return {"b", "m", op, value, "us", "none", "text"}; }

TEST(Targets, KnowTheirDirection) {
  EXPECT_TRUE(target("<=", 1).met(1));
  EXPECT_FALSE(target("<", 1).met(1));
  EXPECT_FALSE(target(">=", 0.97).met(0.969));
  EXPECT_TRUE(target("==", 0).met(0));
  EXPECT_FALSE(target("==", 0).met(0.001));
  EXPECT_EQ(target(">=", 0.97).wanted(), ">= 0.97");
  EXPECT_TRUE(target("none", 0).met(1));
  EXPECT_EQ(target("none", 0).wanted(), "none");
}

TEST(Targets, OfThisTreeAreReadable) {
  const auto targets = read_targets(WEIR_SOURCE_DIR "/bench/targets.json");
  ASSERT_TRUE(targets) << targets.error().text;
  EXPECT_GE(targets->size(), 10U);
}

TEST(Targets, NeedNoValueWithoutABar) {
  const auto only_reported =
      parse_targets(R"([{"bench":"b","metric":"m","op":"none","unit":"us","baseline":"none","text":""}])", "t.json");
  ASSERT_TRUE(only_reported) << only_reported.error().text;
  EXPECT_FALSE(only_reported->front().has_bar());
}

TEST(Targets, NameTheEntryThatIsWrong) {
  const auto missing = parse_targets(R"([{"bench": "b"}])", "t.json");
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().text, testing::HasSubstr("t.json, entry 1"));
  const auto unknown = parse_targets(
      R"([{"bench":"b","metric":"m","op":"~","value":1,"unit":"us","baseline":"none","text":""}])", "t.json");
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().text, testing::HasSubstr("op \"~\"; wanted <, <=, >=, == or none"));
}

}  // namespace
}  // namespace weir::bench
