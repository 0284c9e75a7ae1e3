// SPDX-License-Identifier: Apache-2.0
// The program without the modules that belong beside it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/app/program.hpp"

namespace weir::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// The program alone in a folder.
struct LoneProgram {
  TempFolder folder;

  LoneProgram() { std::filesystem::copy_file(WEIR_BINARY_DIR "/pipeline", folder.file("pipeline")); }

  Finished run(const std::string& stages) const {
    const std::string launch = folder.write("lone.yaml", "name: lone\nstages:\n" + stages);
    return Program({folder.file("pipeline"), "--launch", launch}).wait();
  }
};

TEST(LoneProgram, SaysThatTheEngineIsMissing) {
  const LoneProgram program;
  const std::string model = program.folder.write("model.onnx", "weights");
  const Finished run = program.run(
      "  camera: {use: ingest.synthetic, width: 160, height: 48, frames: 1, detail: low}\n"
      "  detect: {use: infer.detector, model: " +
      model + ", decoder: yolox, size: 160x64, in: camera}\n  end: {use: sink.null, in: detect}\n");
  EXPECT_EQ(run.exit, 1);
  EXPECT_THAT(run.err, AllOf(HasSubstr("detect"), HasSubstr("libweir_engine_"), HasSubstr(program.folder.file("")),
                             HasSubstr("install Weir again")));
}

TEST(LoneProgram, SaysThatTheVideoPartsAreMissing) {
  const LoneProgram program;
  const Finished run = program.run(
      "  camera: {use: ingest.synthetic, width: 160, height: 48, frames: 1, detail: low}\n"
      "  film: {use: sink.video, path: " +
      program.folder.file("film.mp4") + ", in: {frame: camera}}\n");
  EXPECT_EQ(run.exit, 1);
  EXPECT_THAT(run.err, AllOf(HasSubstr("film"), HasSubstr("libweir_media.so"), HasSubstr("install Weir again")));
}

TEST(LoneProgram, SaysThatTheImageCodecsAreMissing) {
  const LoneProgram program;
  program.folder.write("000.png", "pixels");
  const Finished run = program.run("  camera: {use: ingest.images, path: " + program.folder.file("") +
                                   "}\n  end: {use: sink.null, in: camera}\n");
  EXPECT_EQ(run.exit, 1);
  EXPECT_THAT(run.err, AllOf(HasSubstr("libweir_image_codec.so"), HasSubstr("install Weir again")));
}

}  // namespace
}  // namespace weir::test
