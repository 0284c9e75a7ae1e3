// SPDX-License-Identifier: Apache-2.0
// Runtime semantics, section 3: bounded queues and their policies.
#include "tests/conformance/fixture.hpp"

namespace weir::test {
namespace {

std::string held_worker(const std::string& edge, int frames) {
  return "stages:\n"
         "  camera: {use: test.source, frames: " +
         std::to_string(frames) +
         "}\n"
         "  work: {use: test.worker, in: camera}\n"
         "  end: {use: sink.test, in: work}\n"
         "edges:\n"
         "  camera->work: " +
         edge + "\n";
}

TEST_F(Conformance, WaitHoldsTheSourceBack) {
  script_.hold("work");
  start(held_worker("{capacity: 3, when_full: wait}", 100));
  std::thread helper([&] {
    // One frame in the stage, three in the queue; the fifth may not even be made.
    script_.await_begun("work", 1);
    script_.await_done("camera", 4);
    EXPECT_EQ(script_.begun("camera"), 4);
    script_.release("work");
  });
  const RunReport report = finish();
  helper.join();
  EXPECT_EQ(report.frames.full, 100U);
  EXPECT_LE(report.stages.at("work").queue_max, 3U);
}

TEST_F(Conformance, DropOldestKeepsTheNewestFrames) {
  script_.hold("work");
  start(held_worker("{capacity: 2, when_full: drop_oldest}", 20));
  std::thread helper([&] {
    script_.await_done("camera", 21);
    script_.release("work");
  });
  const RunReport report = finish();
  helper.join();
  const auto seen = script_.seen("end");
  ASSERT_GE(seen.size(), 2U);
  EXPECT_EQ(seen[seen.size() - 2], 18);
  EXPECT_EQ(seen.back(), 19);
  EXPECT_EQ(report.frames.dropped.at("queue_full"), 20U - seen.size());
}

TEST_F(Conformance, DropNewestKeepsTheOldestFrames) {
  script_.hold("work");
  script_.hold("camera");
  start(held_worker("{capacity: 2, when_full: drop_newest}", 20));
  std::thread helper([&] {
    script_.pass("camera");
    script_.await_begun("work", 1);  // frame 0 has left the queue
    script_.release("camera");
    script_.await_done("camera", 21);
    script_.release("work");
  });
  const RunReport report = finish();
  helper.join();
  EXPECT_EQ(script_.seen("end"), (std::vector<std::int64_t>{0, 1, 2}));
  EXPECT_EQ(report.frames.dropped.at("queue_full"), 17U);
}

TEST_F(Conformance, ALiveSourceDropsRatherThanWaits) {
  script_.hold("work");
  script_.hold("camera");
  start(R"(
stages:
  camera: {use: test.live, frames: 10}
  work: {use: test.worker, in: camera}
  end: {use: sink.test, in: work}
edges:
  camera->work: {capacity: 1, when_full: wait}
)");
  std::thread helper([&] {
    script_.pass("camera");
    script_.await_begun("work", 1);
    script_.release("camera");
    script_.await_done("camera", 11);
    script_.release("work");
  });
  const RunReport report = finish();
  helper.join();
  EXPECT_EQ(script_.seen("end"), (std::vector<std::int64_t>{0, 1}));
  EXPECT_EQ(report.frames.dropped.at("source_busy"), 8U);
}

TEST_F(Conformance, TheDeadlinePolicyRefusesWhatCannotMakeIt) {
  script_.hold("work");
  script_.hold("camera");
  start(R"(
deadline: 100 ms
stages:
  camera: {use: test.live, frames: 4}
  work: {use: test.worker, in: camera}
  end: {use: sink.test, in: work}
edges:
  camera->work: {capacity: 4, when_full: deadline}
)");
  std::thread helper([&] {
    script_.pass("camera");
    script_.await_begun("work", 1);
    clock_->advance(std::chrono::milliseconds(60));  // frame 0 takes 60 ms: that is what the path is now known to take
    script_.pass("work");
    script_.await_done("end", 1);
    script_.pass("camera", 2);  // frames 1 and 2 at 60 ms
    script_.await_begun("work", 2);
    while (runtime_->snapshot().frames.in < 3) std::this_thread::yield();  // frame 2 has its stamp
    clock_->advance(std::chrono::milliseconds(50));  // frame 2 has 50 ms left when frame 1 is done: less than expected
    script_.pass("work");
    script_.await_done("end", 2);
    script_.release("camera");
    script_.release("work");
  });
  const RunReport report = finish();
  helper.join();
  EXPECT_EQ(script_.seen("end"), (std::vector<std::int64_t>{0, 1, 3}));
  EXPECT_EQ(report.frames.dropped.at("late"), 1U);
}

// A producer that drops the oldest packet just when the consumer takes it must not leave a call without its input.
TEST_F(Conformance, DroppingRacesWithTakingAndLosesNothing) {
  const RunReport report = run(R"(
stages:
  camera: {use: test.source, frames: 100000}
  a: {use: test.worker, in: camera}
  join: {use: test.join, in: {a: a, b: camera}}
  end: {use: sink.test, in: join}
edges:
  camera->a: {capacity: 1, when_full: drop_oldest}
  camera->join.b: {capacity: 2, when_full: drop_oldest}
  a->join.a: {capacity: 1, when_full: drop_oldest}
)");
  EXPECT_EQ(report.frames.in, 100000U);
  EXPECT_TRUE(warnings_.empty()) << warnings_.front();
}

TEST_F(Conformance, MillionsOfGapsTakeNoMemory) {
  const RunReport report = run(R"(
stages:
  camera: {use: test.source, frames: 100000}
  a: {use: test.worker, drop_odd: 1, in: camera}
  b: {use: test.worker, in: a}
  join: {use: test.join, in: {a: b, b: b}}
  end: {use: sink.test, in: join}
)");
  EXPECT_EQ(report.frames.full, 50000U);
  EXPECT_EQ(report.frames.dropped.at("odd"), 50000U);
}

}  // namespace
}  // namespace weir::test
