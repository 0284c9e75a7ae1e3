// SPDX-License-Identifier: Apache-2.0
// Runtime semantics, section 1: one token per frame per edge.
#include <numeric>

#include "tests/conformance/fixture.hpp"

namespace weir::test {
namespace {

std::vector<std::int64_t> range(std::int64_t n) {
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(n));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

TEST_F(Conformance, EveryFrameArrivesOnceAndInOrder) {
  const RunReport report = run(R"(
stages:
  camera: {use: test.source, frames: 500}
  a: {use: test.parallel, parallel: 4, in: camera}
  b: {use: test.parallel, parallel: 3, in: a}
  end: {use: sink.test, in: b}
)");
  EXPECT_EQ(report.frames.in, 500U);
  EXPECT_EQ(report.frames.full, 500U);
  EXPECT_EQ(script_.seen("end"), range(500));
}

TEST_F(Conformance, OrderHoldsWhenALaterFrameIsDoneFirst) {
  script_.hold("a");
  start(R"(
stages:
  camera: {use: test.source, frames: 2}
  a: {use: test.parallel, parallel: 2, in: camera}
  end: {use: sink.test, in: a}
)");
  std::thread helper([&] {
    script_.await_begun("a", 1);
    script_.release("a");
  });
  const RunReport report = finish();
  helper.join();
  EXPECT_EQ(report.frames.full, 2U);
  EXPECT_EQ(script_.seen("end"), range(2));
}

TEST_F(Conformance, AnErrorBecomesAGapThatNamesTheStage) {
  const RunReport report = run(R"(
stages:
  camera: {use: test.source, frames: 10}
  a: {use: test.worker, fail_at: 4, in: camera}
  end: {use: sink.test, in: a}
)");
  EXPECT_EQ(report.frames.full, 9U);
  EXPECT_EQ(report.frames.dropped.at("error:a"), 1U);
  EXPECT_EQ(report.stages.at("a").errors, 1U);
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_EQ(warnings_.front(), "stage a, frame 4: was told to fail");
}

TEST_F(Conformance, OnErrorStopEndsTheRun) {
  start(R"(
stages:
  camera: {use: test.source, frames: 1000000}
  a: {use: test.worker, fail_at: 4, on_error: stop, in: camera}
  end: {use: sink.test, in: a}
)");
  const Status status = runtime_->wait();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().text, "stage a: was told to fail");
  const RunReport report = runtime_->snapshot();
  EXPECT_EQ(report.frames.in, report.frames.accounted());
  EXPECT_LT(report.frames.in, 1000U);
}

TEST_F(Conformance, AFrameTheSourceCannotDecodeIsADrop) {
  const RunReport report = run(R"(
stages:
  camera: {use: test.source, frames: 10, bad: 3}
  end: {use: sink.test, in: camera}
)");
  EXPECT_EQ(report.frames.full, 9U);
  EXPECT_EQ(report.frames.dropped.at("decode_error"), 1U);
}

TEST_F(Conformance, AStageMayGiveFramesUpForItsOwnReason) {
  const RunReport report = run(R"(
stages:
  camera: {use: test.source, frames: 10}
  a: {use: test.worker, drop_odd: 1, in: camera}
  end: {use: sink.test, in: a}
)");
  EXPECT_EQ(report.frames.dropped.at("odd"), 5U);
  EXPECT_EQ(report.stages.at("a").errors, 0U);
  EXPECT_EQ(script_.seen("end"), (std::vector<std::int64_t>{0, 2, 4, 6, 8}));
}

}  // namespace
}  // namespace weir::test
