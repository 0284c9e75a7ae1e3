// SPDX-License-Identifier: Apache-2.0
// launch/kitti_elf.yaml as its head shows it: parts of frames to three worker processes, one device.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/app/program.hpp"

namespace weir::test {
namespace {

class Offload : public testing::Test {
 protected:
  void SetUp() override {
    data_ = data_folder();
    if (data_.empty()) GTEST_SKIP() << "reference data absent: set WEIR_DATA";
  }

  std::vector<std::string> command(std::vector<std::string> command, const std::string& out,
                                   std::vector<std::string> more = {}) const {
    for (const std::string& value :
         {"stages.camera.path=" + data_ + "/kitti_tracking/image_02/0002",
          "stages.detect.model=" + data_ + "/models/yolox_nano.onnx", "stages.kitti.path=" + folder_.file(out),
          "stages.results.path=" + folder_.file(out + "/results.jsonl"),
          "stages.video.path=" + folder_.file(out + "/video.mp4")}) {
      command.insert(command.end(), {"--set", value});
    }
    command.insert(command.end(), more.begin(), more.end());
    return command;
  }

  std::string address(int number) const { return "unix:" + folder_.file("worker-" + std::to_string(number)); }

  Program worker(int number) const {
    Program program = Program::pipeline(
        command({"worker", "--launch", "launch/kitti_elf.yaml", "--listen", address(number)}, "worker"));
    EXPECT_TRUE(program.wait_for_error_text("ready\n")) << program.error_text();
    return program;
  }

  Program device(const std::string& out, int workers, std::vector<std::string> more) const {
    std::string list;
    for (int i = 1; i <= workers; ++i) list += (i > 1 ? ", \"" : "\"") + address(i) + "\"";
    more.insert(more.end(), {"--set", "cloud.workers=[" + list + "]", "--report", folder_.file(out)});
    return Program::pipeline(command({"--launch", "launch/kitti_elf.yaml"}, out, std::move(more)));
  }

  nlohmann::json report(const std::string& out) const {
    return nlohmann::json::parse(read_text(folder_.file(out + "/report.json")));
  }

  std::string data_;
  const TempFolder folder_;
};

constexpr int kFrames = 40;
const std::vector<std::string> kFast{"--frames", std::to_string(kFrames), "--fast", "--set", "deadline=10 s"};

TEST_F(Offload, ThreeWorkersTakeThePartsOfFrames) {
  const Program first = worker(1), second = worker(2), third = worker(3);
  const Finished run = device("out", 3, kFast).wait();
  ASSERT_EQ(run.exit, 0) << run.err;
  const nlohmann::json told = report("out");
  EXPECT_EQ(told["frames"]["in"], kFrames);
  EXPECT_EQ(told["frames"]["full"], kFrames);
  std::uint64_t results = 0;
  for (const auto& [name, state] : told["workers"].items()) results += state["results"].get<std::uint64_t>();
  EXPECT_GT(results, static_cast<std::uint64_t>(kFrames) / 2);
  EXPECT_GT(told["accuracy"]["ap"]["Car"].get<double>(), 0.5);
  // 1242 x 375 pixels of three bytes: whole frames would be so many.
  EXPECT_LT(told["bytes"]["up"].get<double>(), 0.8 * kFrames * 1242 * 375 * 3);
}

TEST_F(Offload, RunsInOneProcessToo) {
  const Finished run = device("here", 0, kFast).wait();
  ASSERT_EQ(run.exit, 0) << run.err;
  EXPECT_EQ(report("here")["frames"]["full"], kFrames);
  EXPECT_GT(read_text(folder_.file("here/video.mp4")).size(), 10000U);
}

TEST_F(Offload, AWorkerThatDiesCostsNoFrameItsOutcome) {
  const Program first = worker(1), second = worker(2);
  Program third = worker(3);
  std::vector<std::string> more{"--realtime", "--frames", std::to_string(kFrames), "--set", "stages.camera.fps=5"};
  Program running = device("killed", 3, more);
  const std::string results = folder_.file("killed/results.jsonl");
  std::error_code absent;
  while (!std::filesystem::exists(results, absent) || std::filesystem::file_size(results, absent) < 1000) {
    std::this_thread::yield();
  }
  third.signal(SIGKILL);
  const Finished run = running.wait();
  ASSERT_EQ(run.exit, 0) << run.err;
  const nlohmann::json frames = report("killed")["frames"];
  std::uint64_t sum = 0;
  for (const char* outcome : {"full", "partial", "local", "predicted"}) sum += frames[outcome].get<std::uint64_t>();
  for (const auto& [reason, count] : frames["dropped"].items()) sum += count.get<std::uint64_t>();
  EXPECT_EQ(sum, frames["in"].get<std::uint64_t>());
  EXPECT_GT(frames["full"].get<int>(), kFrames / 2);
}

}  // namespace
}  // namespace weir::test
