// SPDX-License-Identifier: Apache-2.0
// Whole runs of the program on the drawn street, with the truth as detector.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <algorithm>
#include <csignal>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/app/program.hpp"

namespace weir::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// Camera, perfect detector, tracker, JSON lines and KITTI results in `folder`; `more` ends the file.
std::string street(const TempFolder& folder, const std::string& camera, const std::string& more = "",
                   const std::string& detect = "") {
  return folder.write("street.yaml",
                      "name: street\n"
                      "plugins: [" WEIR_BINARY_DIR
                      "/test_truth.so]\n"
                      "stages:\n"
                      "  camera: {use: ingest.synthetic, width: 320, height: 96, seed: 3, " +
                          camera +
                          "}\n"
                          "  detect: {use: test.truth, " +
                          detect +
                          "in: camera}\n"
                          "  track: {use: track.sort, in: detect}\n"
                          "  results: {use: sink.jsonl, path: " +
                          folder.file("results.jsonl") +
                          ", in: track}\n"
                          "  kitti: {use: sink.kitti, path: " +
                          folder.file("kitti") + ", in: track}\n" + more);
}

std::uint64_t sum_of_outcomes(const nlohmann::json& frames) {
  std::uint64_t sum = 0;
  for (const char* outcome : {"full", "partial", "local", "predicted"}) sum += frames.at(outcome).get<std::uint64_t>();
  for (const auto& [reason, count] : frames.at("dropped").items()) sum += count.get<std::uint64_t>();
  return sum;
}

nlohmann::json report_in(const TempFolder& folder) {
  return nlohmann::json::parse(read_text(folder.file("report/report.json")));
}

std::int64_t lines_of(const std::string& path) {
  const std::string text = read_text(path);
  return std::count(text.begin(), text.end(), '\n');
}

/// The address the program says its metrics are at.
std::string metrics_url(Program& program) {
  if (!program.wait_for_error_text("/metrics\n")) return "";
  const std::string& text = program.error_text();
  const std::size_t begin = text.find("http://");
  return text.substr(begin, text.find("/metrics", begin) - begin);
}

/// Asks until every source has delivered a frame; false when nobody answers.
bool wait_until_ready(httplib::Client& client) {
  for (;;) {
    const auto answer = client.Get("/readyz");
    if (!answer) return false;
    if (answer->status == 200) return true;
    std::this_thread::yield();
  }
}

TEST(Run, EveryFrameIsAnsweredAndScored) {
  const TempFolder folder;
  const Finished run = run_pipeline({"--launch", street(folder, "frames: 60"), "--report", folder.file("report")});
  ASSERT_EQ(run.exit, 0) << run.err;
  const auto report = report_in(folder);
  EXPECT_EQ(report.at("frames").at("in"), 60);
  EXPECT_EQ(report.at("frames").at("full"), 60);
  EXPECT_EQ(lines_of(folder.file("results.jsonl")), 60);
  EXPECT_GT(report.at("accuracy").at("hota").get<double>(), 40.0) << "the detector is perfect, only the tracker errs";
}

TEST(Run, SameSeedSameAnswers) {
  const TempFolder a, b;
  ASSERT_EQ(run_pipeline({"--launch", street(a, "frames: 40")}).exit, 0);
  ASSERT_EQ(run_pipeline({"--launch", street(b, "frames: 40")}).exit, 0);
  EXPECT_EQ(read_text(a.file("results.jsonl")), read_text(b.file("results.jsonl")));
}

TEST(Run, InterruptDrainsAndWritesTheReport) {
  const TempFolder folder;
  Program program = Program::pipeline({"--launch", street(folder, "fps: 200", "metrics: {listen: '127.0.0.1:0'}\n"),
                                       "--realtime", "--report", folder.file("report")});
  const std::string url = metrics_url(program);
  ASSERT_NE(url, "") << program.error_text();
  httplib::Client client(url);
  ASSERT_TRUE(wait_until_ready(client));
  program.signal(SIGINT);
  const Finished run = program.wait();
  EXPECT_EQ(run.exit, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("stopping"));
  const auto frames = report_in(folder).at("frames");
  EXPECT_GT(frames.at("in"), 0);
  EXPECT_EQ(frames.at("in"), sum_of_outcomes(frames));
  EXPECT_EQ(lines_of(folder.file("results.jsonl")), frames.at("full").get<std::int64_t>());
}

TEST(Run, MetricsTellOfStagesAndOutcomes) {
  const TempFolder folder;
  Program program =
      Program::pipeline({"--launch", street(folder, "fps: 200", "metrics: {listen: '127.0.0.1:0'}\n"), "--realtime"});
  const std::string url = metrics_url(program);
  ASSERT_NE(url, "") << program.error_text();
  httplib::Client client(url);
  ASSERT_TRUE(wait_until_ready(client));
  EXPECT_EQ(client.Get("/healthz")->status, 200);
  const auto metrics = client.Get("/metrics");
  ASSERT_TRUE(metrics);
  EXPECT_THAT(metrics->body, AllOf(HasSubstr("# TYPE weir_frames_total counter"), HasSubstr("outcome=\"full\""),
                                   HasSubstr("weir_stage_calls_total{stage=\"detect\"}"), HasSubstr("weir_ready 1"),
                                   HasSubstr("weir_latency_seconds{quantile=\"0.99\"}")));
  program.signal(SIGTERM);
  EXPECT_EQ(program.wait().exit, 0);
}

TEST(Run, ReplayRepeatsDropsByteForByte) {
  const TempFolder folder;
  // Frames come faster than the detector goes, so that which are dropped depends on time.
  const std::string launch =
      street(folder, "fps: 1000, frames: 300", "edges:\n  camera->detect: {capacity: 1, when_full: drop_oldest}\n",
             "work: 30000, ");
  const Finished run = run_pipeline(
      {"--launch", launch, "--realtime", "--record", folder.file("record"), "--report", folder.file("report")});
  ASSERT_EQ(run.exit, 0) << run.err;
  EXPECT_GT(report_in(folder).at("frames").at("dropped").value("queue_full", 0), 0) << "nothing depended on time";
  const Finished again =
      run_pipeline({"replay", folder.file("record"), "--set", "stages.results.path=" + folder.file("again.jsonl"),
                    "--set", "stages.kitti.path=" + folder.file("again")});
  ASSERT_EQ(again.exit, 0) << again.err;
  EXPECT_EQ(read_text(folder.file("results.jsonl")), read_text(folder.file("again.jsonl")));
  EXPECT_EQ(read_text(folder.file("kitti/camera.txt")), read_text(folder.file("again/camera.txt")));
  EXPECT_GT(lines_of(folder.file("again.jsonl")), 0);
}

TEST(Run, ReplayOfNothingIsNamed) {
  const TempFolder folder;
  const Finished run = run_pipeline({"replay", folder.file("none")});
  EXPECT_EQ(run.exit, 3);
  EXPECT_THAT(run.err, AllOf(HasSubstr("none"), HasSubstr("--record")));
}

TEST(Run, UnreadableImageIsOneDroppedFrame) {
  const TempFolder folder;
  std::filesystem::create_directories(folder.file("images"));
  const std::string pixels(3 * 16 * 16, '\x40');
  for (const char* name : {"images/0.bmp", "images/1.bmp", "images/2.bmp"}) {
    std::string bmp("BM\x36\x03\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x10\0\0\0\x10\0\0\0\x01\0\x18\0", 30);
    bmp.resize(54, '\0');
    folder.write(name, std::string(name) == "images/1.bmp" ? "no image" : bmp + pixels);
  }
  const std::string launch =
      folder.write("images.yaml", "stages:\n  camera: {use: ingest.images, path: " + folder.file("images") +
                                      "}\n  end: {use: sink.null, in: camera}\n");
  const Finished run = run_pipeline({"--launch", launch, "--report", folder.file("report")});
  EXPECT_EQ(run.exit, 0) << run.err;
  const auto frames = report_in(folder).at("frames");
  EXPECT_EQ(frames.at("in"), 3);
  EXPECT_EQ(frames.at("full"), 2);
  EXPECT_EQ(frames.at("dropped").at("decode_error"), 1);
}

TEST(Run, PluginOfAnotherAbiIsRefusedByName) {
  const TempFolder folder;
  const std::string launch = folder.write("abi.yaml", "plugins: [" WEIR_BINARY_DIR
                                                      "/test_wrong_abi.so]\n"
                                                      "stages:\n"
                                                      "  camera: {use: ingest.synthetic, frames: 1}\n"
                                                      "  end: {use: sink.null, in: camera}\n");
  const Finished run = run_pipeline({"--launch", launch});
  EXPECT_EQ(run.exit, 2);
  EXPECT_THAT(run.err, AllOf(HasSubstr("test_wrong_abi.so"), HasSubstr("4711"), HasSubstr("abi.yaml:1:")));
}

}  // namespace
}  // namespace weir::test
