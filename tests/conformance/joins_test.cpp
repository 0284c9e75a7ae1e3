// SPDX-License-Identifier: Apache-2.0
// Runtime semantics, section 2: joins never wait for what will not come.
#include "tests/conformance/fixture.hpp"

namespace weir::test {
namespace {

TEST_F(Conformance, AGapOnARequiredInputSkipsTheCallAndKeepsItsReason) {
  const RunReport report = run(R"(
stages:
  camera: {use: test.source, frames: 100}
  slow: {use: test.worker, drop_odd: 1, in: camera}
  join: {use: test.join, in: {a: camera, b: slow}}
  end: {use: sink.test, in: join}
)");
  EXPECT_EQ(report.frames.full, 50U);
  EXPECT_EQ(report.frames.dropped.at("odd"), 50U);
  EXPECT_EQ(report.stages.at("join").count, 50U);
}

TEST_F(Conformance, AGapOnAnOptionalInputIsSeenAsNothing) {
  const RunReport report = run(R"(
stages:
  camera: {use: test.source, frames: 6}
  other: {use: test.worker, drop_odd: 1, in: camera}
  join: {use: test.join, in: {a: camera, b: camera, c: other}}
  end: {use: sink.test, in: join}
)");
  EXPECT_EQ(report.frames.full, 6U);
  EXPECT_EQ(script_.seen("join"), (std::vector<std::int64_t>{0, -1, 2, -1, 4, -1}));
}

TEST_F(Conformance, TheFirstReasonWins) {
  const RunReport report = run(R"(
stages:
  camera: {use: test.source, frames: 4, bad: 1}
  other: {use: test.worker, drop_odd: 1, in: camera}
  join: {use: test.join, in: {a: other, b: camera}}
  end: {use: sink.test, in: join}
)");
  EXPECT_EQ(report.frames.full, 2U);
  EXPECT_EQ(report.frames.dropped.at("decode_error"), 1U);
  EXPECT_EQ(report.frames.dropped.at("odd"), 1U);
}

TEST_F(Conformance, AJoinGoesOnWhileOneBranchIsFullAndDropping) {
  script_.hold("slow");
  start(R"(
stages:
  camera: {use: test.source, frames: 50}
  slow: {use: test.worker, in: camera}
  join: {use: test.join, in: {a: camera, b: slow}}
  end: {use: sink.test, in: join}
edges:
  camera->slow: {capacity: 1, when_full: drop_oldest}
  camera->join.a: {capacity: 1, when_full: drop_oldest}
)");
  std::thread helper([&] {
    script_.await_done("camera", 51);  // the source is through although `slow` still holds its first frame
    script_.release("slow");
  });
  const RunReport report = finish();
  helper.join();
  EXPECT_EQ(report.frames.in, 50U);
  EXPECT_GE(report.frames.dropped.at("queue_full"), 48U);
}

TEST_F(Conformance, SeveralCamerasShareAGraphAndAreJoinedEachForItself) {
  const RunReport report = run(R"(
stages:
  left: {use: test.source, frames: 40}
  right: {use: test.source, frames: 25, bad: 7}
  a: {use: test.parallel, parallel: 2, in: [left, right]}
  join: {use: test.join, in: {a: [left, right], b: a}}
  end: {use: sink.test, in: join}
)");
  EXPECT_EQ(report.streams.at("left").full, 40U);
  EXPECT_EQ(report.streams.at("right").full, 24U);
  EXPECT_EQ(report.streams.at("right").dropped.at("decode_error"), 1U);
}

}  // namespace
}  // namespace weir::test
