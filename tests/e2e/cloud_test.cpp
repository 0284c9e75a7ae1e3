// SPDX-License-Identifier: Apache-2.0
// launch/kitti_cloud.yaml as the README shows it: two workers over TLS, one device.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/app/program.hpp"
#include "tests/transport/link/nats_server.hpp"

namespace weir::test {
namespace {

using ::testing::HasSubstr;

class Cloud : public testing::Test {
 protected:
  void SetUp() override {
    data_ = data_folder();
    if (data_.empty()) GTEST_SKIP() << "reference data absent: set WEIR_DATA";
    const Finished made = Program({"scripts/make-certs", folder_.file("certs"), "localhost", "device"}).wait();
    ASSERT_EQ(made.exit, 0) << made.err;
  }

  std::vector<std::string> settings(const std::string& out) const {
    std::vector<std::string> all;
    for (const std::string& value :
         {"stages.camera.path=" + data_ + "/kitti_tracking/image_02/0002",
          "stages.detect.model=" + data_ + "/models/yolox_nano.onnx", std::string("stages.detect.size=640x192"),
          std::string("stages.detect_here.size=320x96"), "stages.kitti.path=" + folder_.file(out),
          "stages.results.path=" + folder_.file(out + "/results.jsonl"),
          "cloud.certificate=" + folder_.file("certs/device.pem"), "cloud.key=" + folder_.file("certs/device-key.pem"),
          "cloud.authority=" + folder_.file("certs/authority.pem")}) {
      all.insert(all.end(), {"--set", value});
    }
    return all;
  }

  /// A worker that listens, with a certificate unless it is told where; its address is in addresses_.
  Program worker(const std::string& name, const std::string& at = "tls://127.0.0.1:0",
                 std::vector<std::string> more = {}) {
    std::vector<std::string> command{"worker",
                                     "--launch",
                                     "launch/kitti_cloud.yaml",
                                     "--name",
                                     name,
                                     "--listen",
                                     at,
                                     "--certificate",
                                     folder_.file("certs/localhost.pem"),
                                     "--key",
                                     folder_.file("certs/localhost-key.pem"),
                                     "--authority",
                                     folder_.file("certs/authority.pem")};
    const auto common = settings("worker");
    command.insert(command.end(), common.begin(), common.end());
    command.insert(command.end(), more.begin(), more.end());
    Program program = Program::pipeline(command);
    EXPECT_TRUE(program.wait_for_error_text("ready\n")) << program.error_text();
    const std::size_t begin = program.error_text().find(at.substr(0, at.find("://") + 13));
    addresses_.push_back(program.error_text().substr(begin, program.error_text().find('\n', begin) - begin));
    return program;
  }

  std::vector<std::string> device(const std::string& out, std::vector<std::string> more = {}) const {
    std::vector<std::string> command{"--launch", "launch/kitti_cloud.yaml", "--report", folder_.file(out)};
    const auto common = settings(out);
    command.insert(command.end(), common.begin(), common.end());
    std::string workers;
    for (const std::string& address : addresses_) workers += (workers.empty() ? "\"" : ", \"") + address + "\"";
    command.insert(command.end(), {"--set", "cloud.workers=[" + workers + "]"});
    command.insert(command.end(), more.begin(), more.end());
    return command;
  }

  nlohmann::json report(const std::string& out) const {
    return nlohmann::json::parse(read_text(folder_.file(out + "/report.json")));
  }

  const TempFolder folder_;
  std::string data_;
  std::vector<std::string> addresses_;
};

TEST_F(Cloud, TwoWorkersOverTlsGiveTheBoxesOfOneProcess) {
  const Finished here = run_pipeline(device("here"));
  ASSERT_EQ(here.exit, 0) << here.err;
  Program one = worker("worker-1"), two = worker("worker-2");
  const Finished there = run_pipeline(device("there"));
  ASSERT_EQ(there.exit, 0) << there.err;
  EXPECT_EQ(report("there").at("frames").at("full"), 67) << there.out;
  EXPECT_EQ(report("there").at("workers").size(), 2U);
  EXPECT_GT(report("there").at("bytes").at("up"), 67 * 1242 * 375 * 3);
  const std::string boxes = read_text(folder_.file("here/0002.txt"));
  EXPECT_GT(boxes.size(), 1000U);
  EXPECT_EQ(read_text(folder_.file("there/0002.txt")), boxes);
  one.signal(SIGTERM);
  const Finished stopped = one.wait();
  EXPECT_EQ(stopped.exit, 0) << stopped.err;
  EXPECT_THAT(stopped.out, HasSubstr("answered"));
}

TEST_F(Cloud, AWorkerOverNatsGivesTheBoxesOfOneProcess) {
  if (const std::string why = why_no_nats(); !why.empty()) GTEST_SKIP() << why;
  const Finished here = run_pipeline(device("here"));
  ASSERT_EQ(here.exit, 0) << here.err;
  const NatsServer server(
      "authorization { users: [ { user: worker, password: a }, { user: device, password: b } ] }\n");
  Program one = worker("worker-1", server.address("worker-1").text(),
                       {"--credentials", folder_.write("worker", "user: worker\npassword: a\n")});
  const Finished there = run_pipeline(
      device("there", {"--set", "cloud.credentials=" + folder_.write("device", "user: device\npassword: b\n")}));
  ASSERT_EQ(there.exit, 0) << there.err;
  EXPECT_EQ(report("there").at("frames").at("full"), 67) << there.out;
  EXPECT_EQ(read_text(folder_.file("there/0002.txt")), read_text(folder_.file("here/0002.txt")));
}

TEST_F(Cloud, KillingAWorkerInMidRunLosesNoFrame) {
  Program one = worker("worker-1"), two = worker("worker-2");
  Program run = Program::pipeline(device("killed", {"--realtime"}));
  const std::string results = folder_.file("killed/results.jsonl");
  std::error_code absent;
  while (!std::filesystem::exists(results, absent) || std::filesystem::file_size(results, absent) < 4000) {
    std::this_thread::yield();
  }
  one.signal(SIGKILL);
  const Finished ended = run.wait();
  ASSERT_EQ(ended.exit, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("lost worker tls://127.0.0.1:"));
  const auto frames = report("killed").at("frames");
  int dropped = 0;
  for (const auto& [reason, count] : frames.at("dropped").items()) dropped += count.get<int>();
  EXPECT_EQ(frames.at("in"), 67);
  EXPECT_EQ(frames.at("full").get<int>() + frames.at("local").get<int>() + frames.at("predicted").get<int>() + dropped,
            67);
  EXPECT_GT(frames.at("full"), 20) << "the other worker goes on: " << ended.out;
}

TEST_F(Cloud, AWorkerThatOthersCanReachNeedsTls) {
  const Finished refused = run_pipeline({"worker", "--launch", "launch/kitti_cloud.yaml", "--listen", "tcp://0.0.0.0:0",
                                         "--set", "stages.detect.model=" + data_ + "/models/yolox_nano.onnx"});
  EXPECT_EQ(refused.exit, 2);
  EXPECT_THAT(refused.err, HasSubstr("tls://"));
}

}  // namespace
}  // namespace weir::test
