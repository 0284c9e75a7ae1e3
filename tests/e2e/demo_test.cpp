// SPDX-License-Identifier: Apache-2.0
// The launch file that needs nothing but the repository, with the shipped detector and the scene's exact truth.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/app/program.hpp"

namespace weir::test {
namespace {

TEST(Demo, ShippedDetectorFindsWhatIsDrawn) {
  const TempFolder folder;
  const Finished run = run_pipeline({"--launch", "launch/demo.yaml", "--report", folder.file("report"), "--set",
                                     "stages.camera.frames=100", "--set", "stages.kitti.path=" + folder.file("kitti"),
                                     "--set", "stages.results.path=" + folder.file("results.jsonl"), "--set",
                                     "stages.video.path=" + folder.file("video.mp4")});
  ASSERT_EQ(run.exit, 0) << run.err;
  const auto report = nlohmann::json::parse(read_text(folder.file("report/report.json")));
  EXPECT_EQ(report.at("frames").at("full"), 100);
  EXPECT_GT(report.at("accuracy").at("ap50").at("Car"), 90.0);
  EXPECT_GT(report.at("accuracy").at("ap50").at("Pedestrian"), 30.0);
}

TEST(Demo, ShippedDetectorRunsInTheKittiLaunchFile) {
  const std::string data = data_folder();
  if (data.empty()) GTEST_SKIP() << "reference data absent: set WEIR_DATA";
  const TempFolder folder;
  const Finished run =
      run_pipeline({"--launch", "launch/kitti.yaml", "--report", folder.file("report"), "--set",
                    "stages.camera.path=" + data + "/kitti_tracking/image_02/0002", "--set",
                    "stages.detect.model=models/weir_nano.onnx", "--set", "stages.detect.keep=[]", "--set",
                    "stages.detect.size=960x288", "--set", "stages.kitti.path=" + folder.file("kitti"), "--set",
                    "stages.results.path=" + folder.file("results.jsonl"), "--set",
                    "stages.video.path=" + folder.file("video.mp4")});
  ASSERT_EQ(run.exit, 0) << run.err;
  const auto report = nlohmann::json::parse(read_text(folder.file("report/report.json")));
  EXPECT_EQ(report.at("frames").at("full"), 67);
  EXPECT_GT(report.at("accuracy").at("ap50").at("Car"), 50.0);
}

}  // namespace
}  // namespace weir::test
