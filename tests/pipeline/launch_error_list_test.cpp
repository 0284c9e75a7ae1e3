// SPDX-License-Identifier: Apache-2.0
// What is said of a whole file, of overrides, and of files that are not there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "pipeline/launch_file.hpp"
#include "tests/pipeline/fake_stages.hpp"

namespace weir {
namespace {

using fake::kChain;
using testing::HasSubstr;

class LaunchErrorList : public testing::Test {
 protected:
  std::string errors(std::string_view text, const std::vector<Override>& overrides = {}) {
    const auto spec = parse_launch(text, registry, overrides);
    return spec ? std::string() : format_diagnostics("f.yaml", spec.error());
  }
  Registry registry = fake::make_registry();
};

TEST_F(LaunchErrorList, AllAtOnceInTheOrderOfTheFile) {
  const std::string text = errors(R"(nam: x
stages:
  cam: {use: ingest.fake, fps: 1000}
  det: {use: infer.fak, in: cam}
  trk: {use: track.fake, in: dett}
  out: {use: sink.fake, in: trk, place: moon}
edges:
  cam->det: {capacity: none}
metrics: {listen: "[::]:80"}
)");
  std::vector<std::string> places;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) places.push_back(line.substr(7, line.find(": error") - 7));
  EXPECT_THAT(places, testing::ElementsAre("1:1", "3:3", "3:32", "4:14", "5:30", "6:41", "9:19")) << text;
}

TEST_F(LaunchErrorList, OverridesAreNamed) {
  EXPECT_EQ(
      errors(kChain, {{"stages.cam.pathh", "x"}}),
      "f.yaml: error: --set stages.cam.pathh: stage 'cam': unknown key 'pathh'; did you mean 'path'? known: path, "
      "fps, use, in, place, on_error, parallel, batch, batch_timeout, fallback\n");
  EXPECT_THAT(errors(kChain, {{"stages.camm.path", "x"}}),
              HasSubstr("--set stages.camm.path: there is no stage 'camm'; did you mean 'cam'?"));
  EXPECT_THAT(errors(kChain, {{"stages.cam.fps", "0"}}),
              HasSubstr("--set stages.cam.fps: stage 'cam': parameter 'fps' is '0'"));
  EXPECT_THAT(errors(kChain, {{"stages.cam.path.x", "0"}}),
              HasSubstr("--set stages.cam.path.x: 'x' cannot be set inside 'p'"));
  EXPECT_THAT(errors(kChain, {{"stages..path", "0"}}), HasSubstr("--set stages..path: the path must be names"));
  EXPECT_THAT(errors(kChain, {{"deadline", "[1"}}), HasSubstr("--set deadline: the value '[1' cannot be read: YAML"));
  EXPECT_THAT(errors(kChain, {{"dedline", "1 s"}}), HasSubstr("--set dedline: unknown key 'dedline'; did you mean"));
}

TEST_F(LaunchErrorList, ReportIsBounded) {
  std::string text = "stages:\n";
  for (int i = 0; i < 500; ++i) text += "  s" + std::to_string(i) + ": {use: infer.fake, in: nobody}\n";
  const auto spec = parse_launch(text, registry);
  ASSERT_FALSE(spec);
  EXPECT_EQ(spec.error().size(), 100U);
}

TEST_F(LaunchErrorList, MissingFileIsNotFound) {
  const auto spec = load_launch("no/such/launch.yaml", registry);
  ASSERT_FALSE(spec);
  EXPECT_EQ(spec.error().front().code, Code::not_found);
  EXPECT_THAT(spec.error().front().text, HasSubstr("'no/such/launch.yaml' cannot be read: No such file"));
  const auto folder = load_launch("tests", registry);
  ASSERT_FALSE(folder);
  EXPECT_THAT(folder.error().front().text, HasSubstr("is a folder"));
}

TEST_F(LaunchErrorList, FileWithoutNameHasItsStem) {
  const std::filesystem::path path = std::filesystem::path(testing::TempDir()) / "my-graph.yaml";
  std::ofstream(path) << kChain;
  const auto spec = load_launch(path.string(), registry);
  std::filesystem::remove(path);
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->name, "my-graph");
}

TEST(NearestName, FindsTyposOnly) {
  const std::vector<std::string> known{"camera", "detect", "track"};
  EXPECT_EQ(nearest_name("camrea", known), "camera");
  EXPECT_EQ(nearest_name("trak", known), "track");
  EXPECT_EQ(nearest_name("merge", known), "");
  EXPECT_EQ(nearest_name("", known), "");
}

}  // namespace
}  // namespace weir
