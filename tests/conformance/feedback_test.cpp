// SPDX-License-Identifier: Apache-2.0
// Runtime semantics, section 4: feedback edges.
#include "tests/conformance/fixture.hpp"

namespace weir::test {
namespace {

std::string looped(const std::string& feedback, const std::string& use, int frames) {
  return "stages:\n"
         "  camera: {use: " +
         use + ", frames: " + std::to_string(frames) +
         "}\n"
         "  loop: {use: test.loop, in: {in: camera, back: {from: work, " +
         feedback +
         "}}}\n"
         "  work: {use: test.worker, in: loop}\n"
         "  end: {use: sink.test, in: work}\n";
}

TEST_F(Conformance, LagWaitsForThatFrame) {
  const RunReport report = run(looped("feedback: {lag: 2}", "test.source", 6));
  EXPECT_EQ(report.frames.full, 6U);
  EXPECT_EQ(script_.seen("loop"), (std::vector<std::int64_t>{-1, -1, 0, 1, 2, 3}));
}

TEST_F(Conformance, WithoutRealTimeNewestIsLagOne) {
  const RunReport report = run(looped("feedback: newest", "test.source", 5));
  EXPECT_EQ(report.frames.full, 5U);
  EXPECT_EQ(script_.seen("loop"), (std::vector<std::int64_t>{-1, 0, 1, 2, 3}));
}

TEST_F(Conformance, AGapFurtherDownIsSeenAsNothingAndDoesNotBlock) {
  const RunReport report = run(R"(
stages:
  camera: {use: test.source, frames: 5}
  loop: {use: test.loop, in: {in: camera, back: {from: work, feedback: {lag: 1}}}}
  work: {use: test.worker, drop_odd: 1, in: loop}
  end: {use: sink.test, in: work}
)");
  EXPECT_EQ(report.frames.full, 3U);
  EXPECT_EQ(script_.seen("loop"), (std::vector<std::int64_t>{-1, 0, -1, 2, -1}));
}

TEST_F(Conformance, NewestReadsWhatIsThereAndNeverWaits) {
  script_.hold("camera");
  script_.hold("work");
  start(looped("feedback: newest", "test.live", 4));
  std::thread helper([&] {
    script_.pass("camera", 2);
    script_.await_done("loop", 2);  // frame 1 went through the loop although `work` still has frame 0
    script_.release("work");
    script_.await_done("end", 2);
    script_.release("camera");
  });
  const RunReport report = finish();
  helper.join();
  EXPECT_EQ(report.frames.in, 4U);
  const auto seen = script_.seen("loop");
  ASSERT_EQ(seen.size(), 4U);
  EXPECT_EQ(seen[0], -1);
  EXPECT_EQ(seen[1], -1);
  EXPECT_EQ(seen[2], 1);
}

}  // namespace
}  // namespace weir::test
