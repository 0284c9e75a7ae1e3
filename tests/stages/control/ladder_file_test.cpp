// SPDX-License-Identifier: Apache-2.0
#include "stages/control/ladder_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "kernels/control/published_ladder.hpp"

namespace weir {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Json = nlohmann::ordered_json;

Ladder sample() {
  Ladder ladder = published_rivals();
  ladder.local_accuracy = 0.6;
  ladder.local = std::chrono::milliseconds(30);
  ladder.fingerprint = "abc";
  ladder.rungs[1].setup = -7;
  ladder.rungs[2].kind = RungKind::jpeg;
  ladder.rungs[2].width = 320, ladder.rungs[2].height = 96;
  return ladder;
}

TEST(LadderFile, ReadsWhatItWrites) {
  const std::string path = (std::filesystem::temp_directory_path() / "weir_ladder_file_test.json").string();
  const Ladder ladder = sample();
  ASSERT_TRUE(write_ladder_file(path, ladder));
  const auto read = read_ladder_file(path, "abc");
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(read->local_accuracy, 0.6);
  EXPECT_EQ(read->local, ladder.local);
  EXPECT_EQ(read->fingerprint, "abc");
  ASSERT_EQ(read->rungs.size(), ladder.rungs.size());
  for (std::size_t i = 0; i < ladder.rungs.size(); ++i) {
    const Rung &a = ladder.rungs[i], &b = read->rungs[i];
    EXPECT_EQ(a.name, b.name);
    EXPECT_EQ(a.kind, b.kind);
    EXPECT_EQ(a.bytes, b.bytes);
    EXPECT_EQ(a.bytes_p90, b.bytes_p90);
    EXPECT_LE(std::chrono::abs(a.device - b.device), Duration(1));
    EXPECT_LE(std::chrono::abs(a.cloud - b.cloud), Duration(1));
    EXPECT_EQ(a.accuracy, b.accuracy);
    EXPECT_EQ(a.setup, b.setup);
    EXPECT_EQ(a.bits, b.bits);
    EXPECT_EQ(a.exits, b.exits);
    EXPECT_EQ(a.width, b.width);
    EXPECT_EQ(a.height, b.height);
  }
  std::filesystem::remove(path);
}

TEST(LadderFile, TheLocalAnswerMayBeAbsent) {
  const auto read = parse_ladder(ladder_text(published_ladder()), "x");
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(read->local_accuracy, 0);
}

/// The error of the sample after a change to its JSON.
template <typename Change>
std::string error_after(Change change) {
  Json json = Json::parse(ladder_text(sample()));
  change(json);
  const auto read = parse_ladder(json.dump(), "bad.json");
  EXPECT_FALSE(read);
  return read ? std::string() : read.error().text;
}

TEST(LadderFile, TellsWhatIsWrong) {
  EXPECT_THAT(error_after([](Json& j) { j["version"] = 2; }), AllOf(HasSubstr("bad.json"), HasSubstr("version 2")));
  EXPECT_THAT(error_after([](Json& j) { j.erase("version"); }), HasSubstr("lacks \"version\""));
  EXPECT_THAT(error_after([](Json& j) { j.erase("rungs"); }), HasSubstr("lacks \"rungs\""));
  EXPECT_THAT(error_after([](Json& j) { j["rungs"] = Json::array(); }), HasSubstr("no rung"));
  EXPECT_THAT(error_after([](Json& j) { j["rungs"] = 3; }), HasSubstr("not a list"));
  EXPECT_THAT(error_after([](Json& j) { j["rungs"][1] = 3; }), HasSubstr("rung 1 is not an object"));
  EXPECT_THAT(error_after([](Json& j) { j["colour"] = "red"; }), HasSubstr("unknown key \"colour\""));
  EXPECT_THAT(error_after([](Json& j) { j["rungs"][2].erase("bytes"); }), HasSubstr("rung 2 lacks \"bytes\""));
  EXPECT_THAT(error_after([](Json& j) { j["rungs"][2]["byte"] = 1; }), HasSubstr("rung 2 has the unknown key"));
  EXPECT_THAT(error_after([](Json& j) { j["rungs"][2]["bytes"] = "many"; }), HasSubstr("bytes is not a number"));
  EXPECT_THAT(error_after([](Json& j) { j["rungs"][2]["bytes"] = -1; }), HasSubstr("bytes outside"));
  EXPECT_THAT(error_after([](Json& j) { j["rungs"][2]["setup"] = 0.5; }), HasSubstr("setup is not a whole number"));
  EXPECT_THAT(error_after([](Json& j) { j["rungs"][2]["kind"] = "gif"; }), HasSubstr("kind of rung \"gif\""));
  EXPECT_THAT(error_after([](Json& j) { j["rungs"][2]["cloud_ms"] = -1; }), HasSubstr("cloud_ms is outside"));
  EXPECT_THAT(error_after([](Json& j) { j["rungs"][2]["size"] = 320; }), HasSubstr("rung 2 size is not a text"));
  EXPECT_THAT(error_after([](Json& j) { j["rungs"][2]["size"] = "320"; }),
              AllOf(HasSubstr("rung 2"), HasSubstr("size")));
  EXPECT_THAT(error_after([](Json& j) { j["rungs"][2]["name"] = j["rungs"][1]["name"]; }), HasSubstr("two rungs"));
  EXPECT_THAT(error_after([](Json& j) { j["local"].erase("ms"); }), HasSubstr("\"local\" lacks \"ms\""));
  EXPECT_THAT(error_after([](Json& j) { j["local"]["accuracy"] = 2; }), HasSubstr("local answer"));
  EXPECT_THAT(error_after([](Json& j) { j = Json::array(); }), HasSubstr("not an object"));
  EXPECT_THAT(parse_ladder("{", "bad.json").error().text, HasSubstr("not JSON"));
}

TEST(LadderFile, RefusesTheLadderOfAnotherModel) {
  const auto read = parse_ladder(ladder_text(sample()), "x", "def");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::corrupt);
  EXPECT_THAT(read.error().text, AllOf(HasSubstr("\"abc\""), HasSubstr("\"def\"")));
}

TEST(LadderFile, MissingFilesAndFoldersAreToldApart) {
  EXPECT_EQ(read_ladder_file("/nowhere/ladder.json").error().code, Code::not_found);
  EXPECT_EQ(write_ladder_file("/nowhere/ladder.json", sample()).error().code, Code::io);
  EXPECT_EQ(write_ladder_file("/nowhere/ladder.json", {}).error().code, Code::invalid);
}

}  // namespace
}  // namespace weir
