// SPDX-License-Identifier: Apache-2.0
// launch/kitti_split.yaml as its head shows it, on drawn frames and with the shipped detector: the ladder is measured,
// then device and worker run as two processes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/app/program.hpp"
#include "tests/support/switchable_pair.hpp"

namespace weir::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SplitInference : public testing::Test {
 protected:
  std::vector<std::string> command(std::vector<std::string> command, std::vector<std::string> more = {}) const {
    std::vector<std::string> values{
        "stages.camera={use: ingest.synthetic, width: 640, height: 192, fps: 10, frames: 40}",
        "stages.control.ladder=" + measured_->file("ladder.json"),
        "stages.head.ladder=" + measured_->file("ladder.json"),
        "stages.local.model=models/weir_nano.onnx",
        "stages.local.keep=[]",
        "stages.local.size=160x64",
        "stages.early.path=" + folder_.file("early.jsonl"),
        "stages.results.path=" + folder_.file("results.jsonl"),
        "stages.video.path=" + folder_.file("video.mp4"),
        "cloud.workers=[\"unix:" + folder_.file("worker") + "\"]"};
    for (const char* side : {"head", "tail"}) {
      const std::string stage = std::string("stages.") + side;
      values.push_back(stage + ".model=models/weir_nano.onnx");
      values.push_back(stage + ".seam=[stage2.1]");
      values.push_back(stage + ".sizes=[320x96]");
      values.push_back(stage + ".other_seams=[stage1.0]");
      values.push_back(stage + ".tables=" + measured_->file("tables.bin"));
    }
    values.push_back("stages.tail.keep=[]");
    for (const std::string& value : values) command.insert(command.end(), {"--set", value});
    command.insert(command.end(), more.begin(), more.end());
    return command;
  }

  /// Device and worker under another policy, on the ladder that was measured. Most frames are answered from all that
  /// was sent for them.
  void run_rival(const std::string& policy, std::vector<std::string> more = {}) {
    more.insert(more.end(), {"--set", "stages.control.use=control." + policy, "--set", "deadline=2 s", "--set",
                             "stages.camera.fps=5"});
    Program worker = Program::pipeline(
        command({"worker", "--launch", "launch/kitti_split.yaml", "--listen", "unix:" + folder_.file("worker")}));
    ASSERT_TRUE(worker.wait_for_error_text("ready\n")) << worker.error_text();
    const Finished run = run_pipeline(command(
        {"--launch", "launch/kitti_split.yaml", "--realtime", "--frames", "12", "--report", folder_.file("report")},
        more));
    ASSERT_EQ(run.exit, 0) << run.err;
    const auto report = nlohmann::json::parse(read_text(folder_.file("report/report.json")));
    EXPECT_GE(report["frames"]["full"].get<int>(), 6) << run.out;
    setups_ = report["controller"]["setups"].dump();
  }

  /// Once for all tests: it takes seconds.
  static void SetUpTestSuite() {
    measured_ = std::make_unique<TempFolder>();
    const SplitInference any;
    const Finished profile = run_pipeline(
        any.command({"profile", "launch/kitti_split.yaml", "--frames", "16", "--out", measured_->file("")}));
    ASSERT_EQ(profile.exit, 0) << profile.err;
    EXPECT_THAT(profile.out, HasSubstr("features-0"));
    EXPECT_THAT(profile.out, HasSubstr("jpeg-70-320x96"));
    EXPECT_THAT(profile.out, HasSubstr("lz4-stage1.0"));
    EXPECT_THAT(profile.out, HasSubstr("local"));
  }
  static void TearDownTestSuite() { measured_.reset(); }
  void TestBody() override {}

  static inline std::unique_ptr<TempFolder> measured_;
  const TempFolder folder_;
  std::string setups_;  // of the last rival's report
};

TEST_F(SplitInference, TwoProcessesAnswerEveryFrameAndTheReportTellsTheRungs) {
  Program worker = Program::pipeline(
      command({"worker", "--launch", "launch/kitti_split.yaml", "--listen", "unix:" + folder_.file("worker")}));
  ASSERT_TRUE(worker.wait_for_error_text("ready\n")) << worker.error_text();
  const Finished run =
      run_pipeline(command({"--launch", "launch/kitti_split.yaml", "--fast", "--report", folder_.file("report")}));
  ASSERT_EQ(run.exit, 0) << run.err;
  const auto report = nlohmann::json::parse(read_text(folder_.file("report/report.json")));
  EXPECT_EQ(report["frames"]["in"], 40);
  EXPECT_EQ(report["frames"]["full"], 40) << run.out;
  std::uint64_t chosen = 0, answered = 0;
  for (const auto& [name, setup] : report["controller"]["setups"].items()) {
    chosen += setup["chosen"].get<std::uint64_t>();
    answered += setup["answered"].get<std::uint64_t>();
  }
  EXPECT_EQ(chosen, 40U);
  EXPECT_EQ(answered, 40U);
  EXPECT_THAT(read_text(folder_.file("report/decisions.jsonl")), HasSubstr("\"answered\":true"));
  EXPECT_THAT(read_text(folder_.file("early.jsonl")), HasSubstr("\"final\":false"));
  EXPECT_THAT(read_text(folder_.file("results.jsonl")), HasSubstr("\"final\":true"));
}

TEST_F(SplitInference, SmallerPicturesAreAnsweredInPixelsOfTheFrame) {
  auto ladder = nlohmann::json::parse(read_text(measured_->file("ladder.json")));
  std::erase_if(ladder["rungs"].get_ref<nlohmann::json::array_t&>(), [](const nlohmann::json& rung) {
    return rung.value("size", "") != "320x96" || rung["kind"] != "jpeg";
  });
  ASSERT_FALSE(ladder["rungs"].empty()) << "the ladder has no smaller picture";
  const std::string file = folder_.write("small.json", ladder.dump());
  const std::vector<std::string> small{"--set", "stages.control.ladder=" + file, "--set", "stages.head.ladder=" + file};
  Program worker = Program::pipeline(
      command({"worker", "--launch", "launch/kitti_split.yaml", "--listen", "unix:" + folder_.file("worker")}, small));
  ASSERT_TRUE(worker.wait_for_error_text("ready\n")) << worker.error_text();
  const Finished run = run_pipeline(
      command({"--launch", "launch/kitti_split.yaml", "--fast", "--report", folder_.file("report")}, small));
  ASSERT_EQ(run.exit, 0) << run.err;
  const auto report = nlohmann::json::parse(read_text(folder_.file("report/report.json")));
  EXPECT_EQ(report["frames"]["full"], 40) << run.out;
  for (const auto& [name, setup] : report["controller"]["setups"].items()) EXPECT_THAT(name, HasSubstr("320x96"));
  // Beyond the sides of the picture that crossed.
  double right = 0, bottom = 0;
  std::istringstream lines(read_text(folder_.file("results.jsonl")));
  for (std::string line; std::getline(lines, line);) {
    const auto answer = nlohmann::json::parse(line);
    for (const auto& object : answer["objects"]) {
      right = std::max(right, object["box"][2].get<double>());
      bottom = std::max(bottom, object["box"][3].get<double>());
    }
  }
  EXPECT_GT(right, 400);
  EXPECT_GT(bottom, 110);
}

TEST_F(SplitInference, SpinnSendsInLz4) {
  run_rival("spinn");
  EXPECT_THAT(setups_, HasSubstr("lz4"));
  EXPECT_THAT(read_text(folder_.file("results.jsonl")), Not(HasSubstr("\"parts\"")));
}

TEST_F(SplitInference, SpinnCutsTheNetworkElsewhere) {
  auto ladder = nlohmann::json::parse(read_text(measured_->file("ladder.json")));
  std::erase_if(ladder["rungs"].get_ref<nlohmann::json::array_t&>(),
                [](const nlohmann::json& rung) { return rung["name"] == "lz4"; });
  const std::string file = folder_.write("elsewhere.json", ladder.dump());
  run_rival("spinn", {"--set", "stages.control.ladder=" + file, "--set", "stages.head.ladder=" + file});
  EXPECT_THAT(setups_, HasSubstr("lz4-stage1.0"));
}

TEST_F(SplitInference, ClioSendsFeaturesInPieces) {
  run_rival("clio");
  EXPECT_THAT(setups_, HasSubstr("features-"));
  EXPECT_THAT(read_text(folder_.file("results.jsonl")), HasSubstr("\"parts\":4"));
}

TEST_F(SplitInference, WithoutItsWorkerTheDeviceAnswersAlone) {
  const Finished run = run_pipeline(command({"--launch", "launch/kitti_split.yaml", "--realtime", "--frames", "20",
                                             "--set", "deadline=600 ms", "--report", folder_.file("report")}));
  ASSERT_EQ(run.exit, 0) << run.err;
  const auto frames = nlohmann::json::parse(read_text(folder_.file("report/report.json")))["frames"];
  EXPECT_EQ(frames["in"], 20);
  EXPECT_EQ(frames["local"], 20) << run.out << run.err;
}

TEST_F(SplitInference, ALadderOfAnotherNetworkIsRefused) {
  const Finished run = run_pipeline(
      command({"--launch", "launch/kitti_split.yaml", "--fast"},
              {"--set", "cloud.workers=[]", "--set", "stages.head.seam=[stem]", "--set", "stages.tail.seam=[stem]"}));
  EXPECT_NE(run.exit, 0);
  EXPECT_THAT(run.err, HasSubstr("another network or seam"));
}

TEST_F(SplitInference, ASwitchablePairIsMeasuredAndRun) {
  const std::string pair = folder_.file("nano");
  write_switchable_pair("models/weir_nano.onnx", "stage2.1", pair);
  const std::vector<std::string> head{"--set", "stages.head.switchable=" + pair};
  const Finished profile = run_pipeline(
      command({"profile", "launch/kitti_split.yaml", "--frames", "16", "--out", folder_.file("ladder")}, head));
  ASSERT_EQ(profile.exit, 0) << profile.err;
  for (const char* rung :
       {"switchable-48x8 ", "switchable-48x5 ", "switchable-36x5-held ", "switchable-24x3 ", "jpeg-70 "}) {
    EXPECT_THAT(profile.out, HasSubstr(rung));
  }
  std::vector<std::string> both = head;
  for (const std::string& value :
       {"stages.tail.switchable=" + pair, "stages.control.ladder=" + folder_.file("ladder/ladder.json"),
        "stages.head.ladder=" + folder_.file("ladder/ladder.json"),
        "stages.head.tables=" + folder_.file("ladder/tables.bin"),
        "stages.tail.tables=" + folder_.file("ladder/tables.bin"), std::string("cloud.workers=[]")}) {
    both.insert(both.end(), {"--set", value});
  }
  const Finished run = run_pipeline(
      command({"--launch", "launch/kitti_split.yaml", "--fast", "--report", folder_.file("report")}, both));
  ASSERT_EQ(run.exit, 0) << run.err;
  const auto report = nlohmann::json::parse(read_text(folder_.file("report/report.json")));
  EXPECT_EQ(report["frames"]["full"], 40) << run.out << run.err;
  EXPECT_THAT(report["controller"]["setups"].dump(), HasSubstr("switchable-"));

  const Finished mixed = run_pipeline(command({"--launch", "launch/kitti_split.yaml", "--fast"}, head));
  EXPECT_NE(mixed.exit, 0);
  EXPECT_THAT(mixed.err, HasSubstr("another pair or setups"));
}

TEST_F(SplitInference, ProfileSaysWhatItNeeds) {
  const Finished run = run_pipeline({"profile", "launch/synthetic.yaml"});
  EXPECT_EQ(run.exit, 2);
  EXPECT_THAT(run.err, HasSubstr("infer.head"));
  EXPECT_EQ(run_pipeline({"profile", folder_.file("none.yaml")}).exit, 3);
}

}  // namespace
}  // namespace weir::test
