// SPDX-License-Identifier: Apache-2.0
// The program with its detector in samples/worker_python: the same answers as of one process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/app/program.hpp"
#include "tests/transport/sample/python_worker.hpp"

namespace weir::test {
namespace {

constexpr int kFrames = 12;
constexpr float kSureScore = 0.15F;  // of boxes that rounding cannot move over the detector's threshold
constexpr float kPixels = 0.1F, kScore = 1e-3F;

using Objects = nlohmann::json;

/// The drawn street with its detections as they are, before the tracker.
Finished run_demo(const TempFolder& folder, const std::string& out, const std::vector<std::string>& more) {
  std::vector<std::string> command{"--launch", "launch/demo.yaml", "--report", folder.file(out)};
  for (const std::string& value :
       {"stages.camera.frames=" + std::to_string(kFrames), std::string("stages.detect.place=cloud"),
        std::string("stages.results.in=detect"), "stages.results.path=" + folder.file(out + ".jsonl"),
        "stages.kitti.path=" + folder.file(out), "stages.video.path=" + folder.file(out + ".mp4")}) {
    command.insert(command.end(), {"--set", value});
  }
  command.insert(command.end(), more.begin(), more.end());
  return run_pipeline(command);
}

std::vector<Objects> frames_of(const std::string& path) {
  std::vector<Objects> frames;
  std::istringstream lines(read_text(path));
  for (std::string line; std::getline(lines, line);) frames.push_back(Objects::parse(line));
  return frames;
}

bool agree(const Objects& a, const Objects& b) {
  if (a.at("class") != b.at("class")) return false;
  if (std::abs(a.at("score").get<float>() - b.at("score").get<float>()) > kScore) return false;
  for (std::size_t side = 0; side < 4; ++side) {
    if (std::abs(a.at("box").at(side).get<float>() - b.at("box").at(side).get<float>()) > kPixels) return false;
  }
  return true;
}

/// Expects each sure object of `from` among those of `in`; returns how many there are.
int expect_all(const Objects& from, const Objects& in, int frame) {
  int sure = 0;
  for (const Objects& object : from.at("objects")) {
    if (object.at("score").get<float>() < kSureScore) continue;
    ++sure;
    EXPECT_TRUE(std::any_of(in.at("objects").begin(), in.at("objects").end(),
                            [&](const Objects& other) { return agree(object, other); }))
        << "frame " << frame << ": " << object;
  }
  return sure;
}

TEST(PythonWorker, GivesTheBoxesOfOneProcess) {
  const auto python = sample_python();
  if (!python) GTEST_SKIP() << "no Python with the sample's packages: scripts/setup --python, or set WEIR_PYTHON";
  const TempFolder folder;
  const Finished here = run_demo(folder, "here", {});
  ASSERT_EQ(here.exit, 0) << here.err;
  const PythonWorker worker(*python, {"--size", "960x288", "--listen", "tcp://127.0.0.1:0"});
  ASSERT_THAT(worker.address(), testing::StartsWith("tcp://127.0.0.1:"));
  const Finished there = run_demo(folder, "there", {"--set", "cloud.workers=[\"" + worker.address() + "\"]"});
  ASSERT_EQ(there.exit, 0) << there.err;

  const auto report = nlohmann::json::parse(read_text(folder.file("there/report.json")));
  EXPECT_EQ(report.at("frames").at("full"), kFrames) << there.out;
  EXPECT_EQ(report.at("workers").at(worker.address()).at("name"), "worker.py");
  const auto ours = frames_of(folder.file("here.jsonl")), theirs = frames_of(folder.file("there.jsonl"));
  ASSERT_EQ(ours.size(), static_cast<std::size_t>(kFrames));
  ASSERT_EQ(theirs.size(), ours.size());
  int sure = 0;
  for (int i = 0; i < kFrames; ++i) {
    EXPECT_EQ(theirs[i].at("worker"), 0) << "not from the worker";
    sure += expect_all(ours[i], theirs[i], i);
    expect_all(theirs[i], ours[i], i);
  }
  EXPECT_GT(sure, 10 * kFrames);
}

TEST(PythonWorker, IsLeftOutUnderAnotherFingerprint) {
  const auto python = sample_python();
  if (!python) GTEST_SKIP() << "no Python with the sample's packages: scripts/setup --python, or set WEIR_PYTHON";
  const TempFolder folder;
  const PythonWorker worker(*python, {"--fingerprint", "none"});
  const Finished run = run_demo(folder, "out", {"--set", "cloud.workers=[\"" + worker.address() + "\"]"});
  EXPECT_NE(run.exit, 0);
  EXPECT_THAT(run.err, testing::HasSubstr("the contents of their files differ"));
}

}  // namespace
}  // namespace weir::test
