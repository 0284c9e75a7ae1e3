// SPDX-License-Identifier: Apache-2.0
// Runtime semantics, sections 6 and 7: time and concurrency.
#include "tests/conformance/fixture.hpp"

namespace weir::test {
namespace {

using std::chrono::milliseconds;

TEST_F(Conformance, RealTimePacesARecordingByItsOwnClock) {
  start(R"(
deadline: 1 s
stages:
  camera: {use: test.source, frames: 3, period: 100 ms}
  end: {use: sink.test, in: camera}
)",
        {.realtime = true});
  std::thread helper([&] {
    script_.await_done("end", 1);
    EXPECT_EQ(script_.begun("end"), 1);  // frame 1 is not due yet
    clock_->advance(milliseconds(100));
    script_.await_done("end", 2);
    clock_->advance(milliseconds(100));
  });
  const RunReport report = finish();
  helper.join();
  EXPECT_EQ(report.frames.full, 3U);
}

TEST_F(Conformance, AnAnswerAfterTheDeadlineCountsAsLate) {
  script_.hold("work");
  start(R"(
deadline: 50 ms
stages:
  camera: {use: test.live, frames: 1}
  work: {use: test.worker, in: camera}
  end: {use: sink.test, in: work}
)");
  std::thread helper([&] {
    script_.await_begun("work", 1);
    clock_->advance(milliseconds(51));
    script_.release("work");
  });
  const RunReport report = finish();
  helper.join();
  EXPECT_EQ(report.frames.full, 0U);
  EXPECT_EQ(report.frames.dropped.at("late"), 1U);
  EXPECT_NEAR(report.latency_ms.max, 51.0, 0.01);
}

constexpr const char* kTwoAnswers = R"(
deadline: 50 ms
answer: work
provisional: early
stages:
  camera: {use: test.live, frames: 1}
  early: {use: test.worker, in: camera}
  work: {use: test.worker, in: camera}
  end: {use: sink.test, in: work}
)";

TEST_F(Conformance, AnEarlyAnswerStandsWhereTheAnswerIsLate) {
  script_.hold("work");
  start(kTwoAnswers);
  std::thread helper([&] {
    script_.await_done("early", 1);
    script_.await_begun("work", 1);
    clock_->advance(milliseconds(51));
    script_.release("work");
  });
  const RunReport report = finish();
  helper.join();
  EXPECT_EQ(report.frames.local, 1U);
  EXPECT_TRUE(report.frames.dropped.empty());
}

TEST_F(Conformance, AnEarlyAnswerThatIsLateItselfStandsForNothing) {
  script_.hold("early");
  script_.hold("work");
  start(kTwoAnswers);
  std::thread helper([&] {
    script_.await_begun("early", 1);
    script_.await_begun("work", 1);
    clock_->advance(milliseconds(51));
    script_.release("early");
    script_.await_done("early", 1);
    script_.release("work");
  });
  const RunReport report = finish();
  helper.join();
  EXPECT_EQ(report.frames.local, 0U);
  EXPECT_EQ(report.frames.dropped.at("late"), 1U);
}

TEST_F(Conformance, AnEarlyAnswerStandsForAGap) {
  const RunReport report = run(R"(
answer: work
provisional: early
stages:
  camera: {use: test.source, frames: 5}
  early: {use: test.worker, in: camera, drop_odd: 1}
  late: {use: test.join, in: {a: early, b: camera}}
  work: {use: test.worker, in: late, fail_at: 2}
  end: {use: sink.test, in: work}
)");
  EXPECT_EQ(report.frames.full, 2U);
  EXPECT_EQ(report.frames.local, 1U) << "frame 2, of which there was an early answer";
  EXPECT_EQ(report.frames.dropped.at("odd"), 2U);
}

TEST_F(Conformance, WithoutRealTimeThereIsNoDeadline) {
  script_.hold("work");
  start(R"(
deadline: 50 ms
stages:
  camera: {use: test.source, frames: 1}
  work: {use: test.worker, in: camera}
  end: {use: sink.test, in: work}
)");
  std::thread helper([&] {
    script_.await_begun("work", 1);
    clock_->advance(milliseconds(5000));
    script_.release("work");
  });
  EXPECT_EQ(finish().frames.full, 1U);
  helper.join();
}

TEST_F(Conformance, SerialStagesNeverOverlap) {
  run(R"(
stages:
  left: {use: test.source, frames: 200}
  right: {use: test.source, frames: 200}
  a: {use: test.worker, in: [left, right]}
  end: {use: sink.test, in: a}
)");
  EXPECT_EQ(script_.most_at_once("a"), 1);
  EXPECT_EQ(script_.most_at_once("end"), 1);
}

TEST_F(Conformance, ParallelStagesStayWithinTheirNumber) {
  run(R"(
stages:
  camera: {use: test.source, frames: 500}
  a: {use: test.parallel, parallel: 2, in: camera}
  end: {use: sink.test, in: a}
)");
  EXPECT_LE(script_.most_at_once("a"), 2);
}

TEST_F(Conformance, SerialPerStreamLetsStreamsPassEachOther) {
  script_.hold("a");
  start(R"(
threads: 2
stages:
  left: {use: test.source, frames: 5}
  right: {use: test.source, frames: 5}
  a: {use: test.per_stream, in: [left, right]}
  end: {use: sink.test, in: a}
)");
  std::thread helper([&] {
    script_.await_begun("a", 2);  // one frame of each camera at once
    script_.release("a");
  });
  const RunReport report = finish();
  helper.join();
  EXPECT_EQ(report.frames.full, 10U);
  EXPECT_EQ(script_.most_at_once("a"), 2);
}

TEST_F(Conformance, ABatchFillsUpOrGoesWhenItsTimeIsUp) {
  script_.hold("camera");
  start(R"(
stages:
  camera: {use: test.live, frames: 5}
  a: {use: test.batch, batch: 4, batch_timeout: 10 ms, in: camera}
  end: {use: sink.test, in: a}
)");
  std::thread helper([&] {
    script_.pass("camera", 4);
    script_.await_done("end", 4);  // a full batch goes at once
    script_.pass("camera");
    while (script_.seen("end").size() < 5) {
      clock_->advance(milliseconds(10));
      std::this_thread::yield();
    }
    script_.release("camera");
  });
  const RunReport report = finish();
  helper.join();
  EXPECT_EQ(report.frames.full, 5U);
  EXPECT_EQ(script_.seen("a"), (std::vector<std::int64_t>{4, 1}));
}

}  // namespace
}  // namespace weir::test
