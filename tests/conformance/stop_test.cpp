// SPDX-License-Identifier: Apache-2.0
// Runtime semantics, section 8: stopping, and design section 8: recording and replay.
#include <filesystem>

#include "tests/conformance/fixture.hpp"

namespace weir::test {
namespace {

using std::chrono::milliseconds;

constexpr const char* kHeldGraph = R"(
stages:
  camera: {use: test.live, frames: 1000}
  work: {use: test.worker, in: camera}
  end: {use: sink.test, in: work}
edges:
  camera->work: {capacity: 3, when_full: drop_oldest}
)";

TEST_F(Conformance, StopDrainsWhatIsInFlight) {
  script_.hold("camera");
  script_.hold("work");
  start(kHeldGraph);
  std::thread helper([&] {
    script_.pass("camera", 3);
    script_.await_done("camera", 3);
    runtime_->stop();
    script_.release("work");
  });
  const RunReport report = finish();
  helper.join();
  EXPECT_EQ(report.frames.in, 3U);
  EXPECT_EQ(report.frames.full, 3U);
}

TEST_F(Conformance, WhatIsLeftAfterTheDrainTimeIsDroppedAsStopped) {
  script_.hold("camera");
  script_.hold("work");
  start(kHeldGraph);
  std::thread helper([&] {
    script_.pass("camera", 3);
    script_.await_done("camera", 3);
    script_.await_begun("work", 1);
    runtime_->stop();
    clock_->advance(std::chrono::seconds(2));
    script_.await([&] { return warned("did not drain within 2 s"); });
    script_.release("work");
  });
  const RunReport report = finish();
  helper.join();
  EXPECT_EQ(report.frames.in, 3U);
  EXPECT_EQ(report.frames.full, 1U);  // a call cannot be taken back, its answer is good
  EXPECT_EQ(report.frames.dropped.at("stopped"), 2U);
}

TEST_F(Conformance, TheDurationEndsTheRun) {
  script_.hold("camera");
  start(kHeldGraph, {.duration = milliseconds(500)});
  std::thread helper([&] {
    script_.pass("camera", 2);
    script_.await_done("end", 2);
    clock_->await_waiters(1);
    clock_->advance(milliseconds(500));
  });
  const RunReport report = finish();
  helper.join();
  EXPECT_EQ(report.frames.in, 2U);
}

TEST_F(Conformance, ARunWithWorkersIsNotRecorded) {
  const std::pair<const char*, const char*> keys[] = {{"workers: [unix:/tmp/a]", "take cloud.workers out"},
                                                      {"workers_file: a.txt", "take cloud.workers_file out"}};
  for (const auto& [key, advice] : keys) {
    auto spec = parse_launch(std::string(kHeldGraph) + "cloud: {" + key + "}\n", registry_);
    ASSERT_TRUE(spec);
    const auto runtime = Runtime::create(std::move(*spec), {.record_dir = "recording"}, clock_);
    ASSERT_FALSE(runtime);
    EXPECT_NE(runtime.error().text.find(advice), std::string::npos) << runtime.error().text;
  }
}

TEST_F(Conformance, FramesLimitsEachStream) {
  const RunReport report = run(R"(
stages:
  left: {use: test.source, frames: 100}
  right: {use: test.source, frames: 3}
  work: {use: test.worker, in: [left, right]}
  end: {use: sink.test, in: work}
)",
                               {.frames = 7});
  EXPECT_EQ(report.streams.at("left").in, 7U);
  EXPECT_EQ(report.streams.at("right").in, 3U);
}

TEST_F(Conformance, AReplayRepeatsEveryDecision) {
  const std::string folder = testing::TempDir() + "weir-replay";
  std::filesystem::remove_all(folder);
  const std::string graph = R"(
deadline: 100 ms
stages:
  camera: {use: test.source, frames: 12}
  loop: {use: test.loop, in: {in: camera, back: {from: work, feedback: newest}}}
  work: {use: test.worker, in: loop}
  end: {use: sink.test, in: work}
edges:
  loop->work: {capacity: 1, when_full: drop_oldest}
)";
  script_.hold("work");
  start(graph, {.realtime = true, .record_dir = folder});
  std::thread helper([&] {
    for (int frame = 1; frame < 12; ++frame) {
      script_.await_done("loop", frame);
      clock_->await_waiters(2);  // the source waits for its next frame's time
      if (frame % 4 == 0) script_.pass("work");
      clock_->advance(milliseconds(100));
    }
    script_.release("work");
  });
  const RunReport first = finish();
  helper.join();
  const auto fed_back = script_.seen("loop");
  const auto answers = script_.seen("end");
  EXPECT_GT(first.frames.dropped_total(), 0U);
  runtime_.reset();

  Script again;
  clock_ = std::make_shared<ManualClock>();
  start(graph, {.replay_dir = folder});
  const RunReport second = finish();
  EXPECT_EQ(again.seen("loop"), fed_back);
  EXPECT_EQ(again.seen("end"), answers);
  EXPECT_EQ(second.frames.full, first.frames.full);
  EXPECT_EQ(second.frames.dropped, first.frames.dropped);
  runtime_.reset();
}

}  // namespace
}  // namespace weir::test
