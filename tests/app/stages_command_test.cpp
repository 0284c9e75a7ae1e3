// SPDX-License-Identifier: Apache-2.0
// `pipeline stages`: the reference that the code writes of itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/app/program.hpp"

namespace weir::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(StagesCommand, ListsWhatALaunchFileCanName) {
  const Finished run = run_pipeline({"stages"});
  EXPECT_EQ(run.exit, 0) << run.err;
  for (const char* name : {"ingest.video", "ingest.camera", "ingest.rtsp", "ingest.images", "ingest.kitti",
                           "ingest.synthetic", "infer.detector", "track.sort", "sink.jsonl", "sink.kitti", "sink.video",
                           "sink.rtsp", "sink.mqtt", "sink.null"}) {
    EXPECT_THAT(run.out, HasSubstr(name));
  }
}

TEST(StagesCommand, DescribesOneStage) {
  const Finished run = run_pipeline({"stages", "ingest.kitti"});
  EXPECT_EQ(run.exit, 0) << run.err;
  EXPECT_THAT(run.out, AllOf(HasSubstr("path"), HasSubstr("required"), HasSubstr("fps"), HasSubstr("10")));
  const Finished json = run_pipeline({"stages", "ingest.kitti", "--json"});
  EXPECT_EQ(json.exit, 0) << json.err;
  EXPECT_TRUE(nlohmann::json::accept(json.out));
}

TEST(StagesCommand, UnknownStageGetsTheNearestName) {
  const Finished run = run_pipeline({"stages", "ingest.kiti"});
  EXPECT_EQ(run.exit, 2);
  EXPECT_THAT(run.err, AllOf(HasSubstr("ingest.kiti"), HasSubstr("ingest.kitti")));
}

TEST(StagesCommand, SchemaIsJson) {
  const Finished run = run_pipeline({"stages", "--schema"});
  EXPECT_EQ(run.exit, 0) << run.err;
  EXPECT_TRUE(nlohmann::json::parse(run.out).is_object());
}

TEST(StagesCommand, TheReferenceInDocsIsCurrent) {
  const Finished run = run_pipeline({"stages", "--markdown"});
  EXPECT_EQ(run.exit, 0) << run.err;
  EXPECT_TRUE(run.out == read_text(WEIR_SOURCE_DIR "/docs/launch-file.md"))
      << "write it anew: build/release/pipeline stages --markdown > docs/launch-file.md";
}

}  // namespace
}  // namespace weir::test
