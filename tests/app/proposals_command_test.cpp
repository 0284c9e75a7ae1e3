// SPDX-License-Identifier: Apache-2.0
// `pipeline eval-proposals` on small tables and with bad ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/app/program.hpp"

namespace weir::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const std::string kHeader = "seq,frame,track_id,x1,y1,x2,y2,img_w,img_h\n";

/// Sequences of ten frames in which one car moves by 10 pixels a frame.
std::string even_motion(int sequences) {
  std::string text = kHeader;
  for (int s = 0; s < sequences; ++s) {
    for (int i = 0; i < 10; ++i) {
      const std::string left = std::to_string(100 + 10 * i), right = std::to_string(140 + 10 * i);
      text +=
          "000" + std::to_string(s) + "," + std::to_string(i) + ",1001," + left + ",100," + right + ",140,1242,375\n";
    }
  }
  return text;
}

TEST(EvalProposals, ScoresTheSimplePredictors) {
  const TempFolder folder;
  const std::string boxes = folder.write("boxes.csv", even_motion(4));
  const Finished run = run_pipeline({"eval-proposals", "--boxes", boxes, "--json"});
  ASSERT_EQ(run.exit, 0) << run.err;
  const auto results = nlohmann::json::parse(run.out);
  ASSERT_EQ(results.size(), 4U);
  EXPECT_EQ(results[0].at("predictor"), "copy");
  EXPECT_EQ(results[0].at("true_ids").at("1").at("boxes"), 4 * 8);
  EXPECT_NEAR(results[0].at("true_ids").at("1").at("loss").get<double>(), 0.4, 1e-6);  // 30 of 50 pixels in common
  EXPECT_NEAR(results[1].at("own_association").at("5").at("loss").get<double>(), 0, 1e-6);
  EXPECT_EQ(results[1].at("leaky").at("windows"), 4 * 8);
  const Finished table = run_pipeline({"eval-proposals", "--boxes", boxes, "--predictor", "velocity", "--ahead", "2"});
  EXPECT_THAT(table.out, AllOf(HasSubstr("velocity"), HasSubstr("2 ahead"), HasSubstr("Leaky protocol")));
}

TEST(EvalProposals, ReadsKittiLabels) {
  const TempFolder folder;
  std::string rows;
  for (int i = 0; i < 8; ++i) {
    const std::string left = std::to_string(100 + 10 * i), right = std::to_string(140 + 10 * i);
    rows += std::to_string(i) + " 1 Car 0 0 0 " + left + " 100 " + right + " 140 -1 -1 -1 -1 -1 -1 -1\n";
  }
  std::filesystem::create_directories(folder.file("labels"));
  folder.write("labels/0000.txt", rows);
  folder.write("labels/0001.txt", rows);
  const Finished run = run_pipeline({"eval-proposals", "--boxes", folder.file("labels"), "--folds", "2", "--json"});
  ASSERT_EQ(run.exit, 0) << run.err;
  EXPECT_EQ(nlohmann::json::parse(run.out)[0].at("true_ids").at("1").at("boxes"), 2 * 6);
}

TEST(EvalProposals, TellsWhatToDoAboutBadInput) {
  const TempFolder folder;
  const auto error_of = [&](const std::string& text, int exit) {
    const Finished run = run_pipeline({"eval-proposals", "--boxes", folder.write("bad.csv", text)});
    EXPECT_EQ(run.exit, exit) << text;
    return run.err;
  };
  EXPECT_THAT(error_of("", 3), AllOf(HasSubstr("bad.csv: line 1"), HasSubstr("wanted \"seq,frame")));
  EXPECT_THAT(error_of(kHeader, 3), HasSubstr("there is no row"));
  EXPECT_THAT(error_of(kHeader + "0,0,1001,nan,1,2,3,9,9\n", 3), HasSubstr("x1 is \"nan\""));
  EXPECT_THAT(error_of(kHeader + "0,3,1001,1,1,2,3,9,9\n0,2,1001,1,1,2,3,9,9\n", 3), HasSubstr("sort the rows"));
  EXPECT_THAT(error_of(even_motion(3), 2), AllOf(HasSubstr("has 3 sequences"), HasSubstr("--folds 4")));
  const Finished missing = run_pipeline({"eval-proposals", "--boxes", folder.file("nowhere.csv")});
  EXPECT_EQ(missing.exit, 3);
  EXPECT_THAT(missing.err, HasSubstr("nowhere.csv"));
  const std::string boxes = folder.write("boxes.csv", even_motion(4));
  const Finished unknown = run_pipeline({"eval-proposals", "--boxes", boxes, "--predictor", "lstm"});
  EXPECT_EQ(unknown.exit, 2);
  EXPECT_THAT(unknown.err, HasSubstr("lstm needs --weights"));
  const Finished weights = run_pipeline({"eval-proposals", "--boxes", boxes, "--weights", folder.file("")});
  EXPECT_EQ(weights.exit, 3);
  EXPECT_THAT(weights.err, HasSubstr("fold_0.lstm"));
}

TEST(EvalProposals, HelpHasExamples) {
  EXPECT_THAT(run_pipeline({"eval-proposals", "--help"}).out, HasSubstr("pipeline eval-proposals --boxes"));
}

}  // namespace
}  // namespace weir::test
