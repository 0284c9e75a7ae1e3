// SPDX-License-Identifier: Apache-2.0
// `pipeline eval` against what the public evaluators print, and with bad files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/app/program.hpp"

namespace weir::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kTruth =
    "0 1 Car 0 0 0 100 100 200 200 -1 -1 -1 -1 -1 -1 -1\n"
    "1 1 Car 0 0 0 110 100 210 200 -1 -1 -1 -1 -1 -1 -1\n";
constexpr const char* kResults =
    "0 5 Car -1 -1 -10 100 100 200 200 -1 -1 -1 -1000 -1000 -1000 -10 0.9\n"
    "1 5 Car -1 -1 -10 110 100 210 200 -1 -1 -1 -1000 -1000 -1000 -10 0.9\n";

TEST(EvalCommand, EqualsThePublicEvaluators) {
  const std::string data = data_folder();
  if (data.empty()) GTEST_SKIP() << "reference data absent: set WEIR_DATA";
  const Finished run =
      run_pipeline({"eval", data + "/golden_eval/results", "--truth", data + "/kitti_tracking/label_02", "--json"});
  ASSERT_EQ(run.exit, 0) << run.err;
  const nlohmann::json seen = nlohmann::json::parse(run.out).at("classes");
  const auto wanted = nlohmann::json::parse(read_text(data + "/golden_eval/expected.json"));
  for (const auto& [type, name] : {std::pair{"Car", "car"}, std::pair{"Pedestrian", "pedestrian"}}) {
    const auto& tracking = seen.at(type).at("tracking");
    for (const auto& [sequence, scores] : wanted.at("tracking").at("per_sequence").items()) {
      if (!scores.contains(name)) continue;
      const auto& own = sequence == "combined" ? tracking.at("combined") : tracking.at("per_sequence").at(sequence);
      for (const auto& [metric, value] : scores.at(name).items()) {
        EXPECT_NEAR(own.at(metric).get<double>(), value.get<double>(), 0.001)
            << type << " " << sequence << " " << metric;
      }
    }
    // The reference run counted one never-detected pedestrian fewer than the labels hold.
    const double close = std::string(type) == "Car" ? 0.001 : 0.04;
    for (const auto& [difficulty, scores] : wanted.at("object_ap").at("ap").at(name).items()) {
      const auto& own = seen.at(type).at("ap").at(difficulty);
      EXPECT_NEAR(own.at("r40").get<double>(), scores.at("R40").get<double>(), close) << type << " " << difficulty;
    }
  }
}

TEST(EvalCommand, PerfectTracksScoreFull) {
  const TempFolder folder;
  const std::string truth = folder.write("truth.txt", kTruth);
  const std::string results = folder.write("results.txt", kResults);
  const Finished table = run_pipeline({"eval", results, "--truth", truth});
  EXPECT_EQ(table.exit, 0) << table.err;
  EXPECT_THAT(table.out, AllOf(HasSubstr("Car"), HasSubstr("HOTA"), HasSubstr("100.00")));
  const auto json = nlohmann::json::parse(run_pipeline({"eval", results, "--truth", truth, "--json"}).out);
  EXPECT_DOUBLE_EQ(json.at("classes").at("Car").at("tracking").at("combined").at("HOTA"), 100.0);
  EXPECT_EQ(json.at("classes").at("Car").at("ap").at("easy").at("objects"), 2);
  EXPECT_FALSE(json.at("classes").contains("Pedestrian"));
}

TEST(EvalCommand, FramesLimitsBothSides) {
  const TempFolder folder;
  const Finished run = run_pipeline({"eval", folder.write("results.txt", kResults), "--truth",
                                     folder.write("truth.txt", kTruth), "--frames", "1", "--json"});
  EXPECT_EQ(nlohmann::json::parse(run.out).at("classes").at("Car").at("tracking").at("combined").at("TP"), 1);
}

TEST(EvalCommand, ObjectFormatCountsImagesWithoutResults) {
  const TempFolder folder;
  std::filesystem::create_directories(folder.file("truth"));
  std::filesystem::create_directories(folder.file("results"));
  for (const char* name : {"truth/000000.txt", "truth/000001.txt"}) {
    folder.write(name, "Car 0 0 0 100 100 200 200 -1 -1 -1 -1 -1 -1 -1\n");
  }
  folder.write("results/000000.txt", "Car -1 -1 -10 100 100 200 200 -1 -1 -1 -1000 -1000 -1000 -10 0.9\n");
  const Finished run = run_pipeline({"eval", folder.file("results"), "--truth", folder.file("truth"), "--json"});
  EXPECT_EQ(run.exit, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("1 of 2 labelled images"));
  const auto car = nlohmann::json::parse(run.out).at("classes").at("Car");
  EXPECT_EQ(car.at("ap").at("moderate").at("objects"), 2);
  EXPECT_FALSE(car.contains("tracking"));
}

TEST(EvalCommand, JsonLinesScoreAsKittiText) {
  const TempFolder folder;
  std::string lines;
  for (int frame = 0; frame < 2; ++frame) {
    const std::string left = std::to_string(100 + 10 * frame), right = std::to_string(200 + 10 * frame);
    lines += R"({"stream":"camera","frame":)" + std::to_string(frame) + R"(,"capture_ms":)" +
             std::to_string(100 * frame) + R"(,"published_ms":)" + std::to_string(100 * frame + 30) +
             R"(,"outcome":"full","objects":[{"class":"car","score":0.9,"box":[)" + left + ",100," + right +
             R"(,200],"id":5}]})" + "\n";
  }
  const Finished run = run_pipeline(
      {"eval", folder.write("results.jsonl", lines), "--truth", folder.write("truth.txt", kTruth), "--json"});
  ASSERT_EQ(run.exit, 0) << run.err;
  const auto car = nlohmann::json::parse(run.out).at("classes").at("Car");
  EXPECT_DOUBLE_EQ(car.at("tracking").at("combined").at("HOTA"), 100.0);
  EXPECT_TRUE(car.contains("streaming_ap"));
}

TEST(EvalCommand, MissingAndUnreadableFilesAreNamed) {
  const TempFolder folder;
  const std::string truth = folder.write("truth.txt", kTruth);
  const Finished missing = run_pipeline({"eval", folder.file("nowhere"), "--truth", truth});
  EXPECT_EQ(missing.exit, 3);
  EXPECT_THAT(missing.err, HasSubstr("nowhere"));
  const Finished noise = run_pipeline({"eval", folder.write("noise.txt", "not KITTI\n"), "--truth", truth});
  EXPECT_EQ(noise.exit, 3);
  EXPECT_THAT(noise.err, HasSubstr("noise.txt:1:"));
}

TEST(EvalCommand, OneBadLineIsAWarning) {
  const TempFolder folder;
  const Finished run = run_pipeline({"eval", folder.write("results.txt", std::string(kResults) + "2 oops\n"), "--truth",
                                     folder.write("truth.txt", kTruth)});
  EXPECT_EQ(run.exit, 0);
  EXPECT_THAT(run.err, AllOf(HasSubstr("warning"), HasSubstr("results.txt:3:")));
}

}  // namespace
}  // namespace weir::test
