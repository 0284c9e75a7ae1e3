// SPDX-License-Identifier: Apache-2.0
// launch/kitti.yaml on the real recording: every output, and an accuracy that a broken step would miss.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/app/program.hpp"

namespace weir::test {
namespace {

TEST(Kitti, LaunchFileGivesResultsVideoAndReport) {
  const std::string data = data_folder();
  if (data.empty()) GTEST_SKIP() << "reference data absent: set WEIR_DATA";
  const TempFolder folder;
  const Finished run = run_pipeline({"--launch", "launch/kitti.yaml", "--report", folder.file("report"), "--set",
                                     "stages.camera.path=" + data + "/kitti_tracking/image_02/0002", "--set",
                                     "stages.detect.model=" + data + "/models/yolox_nano.onnx", "--set",
                                     "stages.kitti.path=" + folder.file("kitti"), "--set",
                                     "stages.results.path=" + folder.file("results.jsonl"), "--set",
                                     "stages.video.path=" + folder.file("video.mp4")});
  ASSERT_EQ(run.exit, 0) << run.err;
  const auto report = nlohmann::json::parse(read_text(folder.file("report/report.json")));
  EXPECT_EQ(report.at("frames").at("in"), 67);
  EXPECT_EQ(report.at("frames").at("full"), 67);
  EXPECT_GT(std::filesystem::file_size(folder.file("video.mp4")), 100'000U);

  const std::string truth = data + "/kitti_tracking/label_02/0002.txt";
  const auto text = nlohmann::json::parse(run_pipeline({"eval", folder.file("kitti"), "--truth", truth, "--json"}).out);
  const auto lines =
      nlohmann::json::parse(run_pipeline({"eval", folder.file("results.jsonl"), "--truth", truth, "--json"}).out);
  const auto& car = text.at("classes").at("Car");
  EXPECT_GT(car.at("ap50").at("moderate").at("r40"), 40.0);
  EXPECT_GT(car.at("tracking").at("combined").at("HOTA"), 30.0);
  EXPECT_GT(lines.at("classes").at("Car").at("ap50").at("moderate").at("r40"), 40.0);
}

}  // namespace
}  // namespace weir::test
