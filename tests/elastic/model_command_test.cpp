// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/app/program.hpp"
#include "tests/elastic/tfjs_writer.hpp"

namespace weir {
namespace {

using test::Finished;
using test::run_pipeline;
using test::TempFolder;
using test::TfjsWriter;
using ::testing::AllOf;
using ::testing::HasSubstr;

TfjsWriter one_layer(const std::string& op = "Relu") {
  TfjsWriter file;
  file.placeholder("image", {1, 64, 64, 3});
  file.constant("weights", {1, 1, 3, 2}, {1, 2, 3, 4, 5, 6});
  file.node("conv", "Conv2D", {"image", "weights"}, TfjsWriter::window(1, "VALID"));
  file.node("last", op, {"conv"});
  file.output("last");
  return file;
}

TEST(ModelCommand, ImportsAndInspects) {
  const TempFolder folder;
  const std::string in = one_layer().write(folder.file("")).string(), out = folder.file("model.onnx");
  const Finished imported = run_pipeline({"model", "import", in, "-o", out});
  ASSERT_EQ(imported.exit, 0) << imported.err;
  EXPECT_THAT(imported.out, AllOf(HasSubstr("2 layers"), HasSubstr("sha256")));
  const Finished table = run_pipeline({"model", "inspect", out, "--size", "96x32", "--runs", "2"});
  ASSERT_EQ(table.exit, 0) << table.err;
  EXPECT_THAT(table.out, AllOf(HasSubstr("input  data f32 1x3x32x96"), HasSubstr("conv"), HasSubstr("1x2x32x96"),
                               HasSubstr("peak activation memory 61.4 kB at conv")));
  const Finished json = run_pipeline({"model", "inspect", out, "--size", "96x32", "--json", "--runs", "0"});
  ASSERT_EQ(json.exit, 0) << json.err;
  const auto report = nlohmann::json::parse(json.out);
  EXPECT_EQ(report.at("macs"), 32 * 96 * 6);
  EXPECT_EQ(report.at("parameters"), 6);
  EXPECT_EQ(report.at("layers").at(0).at("shape"), nlohmann::json({1, 2, 32, 96}));
  EXPECT_TRUE(report.at("time_us").is_null());
}

TEST(ModelCommand, InspectsOneImageOfAModelForAnyBatchAndSize) {
  const std::string shipped = std::string(WEIR_SOURCE_DIR) + "/models/weir_nano.onnx";
  const Finished table = run_pipeline({"model", "inspect", shipped, "--size", "640x192", "--runs", "1"});
  ASSERT_EQ(table.exit, 0) << table.err;
  EXPECT_THAT(table.out, AllOf(HasSubstr("f32 1x3x192x640"), HasSubstr("scores_8")));
}

TEST(ModelCommand, SaysWhatIsWrongWithTheExitCodeOfTheManual) {
  const TempFolder folder;
  const Finished missing = run_pipeline({"model", "inspect", folder.file("none.onnx")});
  EXPECT_EQ(missing.exit, 3);
  EXPECT_THAT(missing.err, HasSubstr("none.onnx"));
  const std::string in = one_layer("Cumsum").write(folder.file("")).string(), out = folder.file("model.onnx");
  const Finished unknown = run_pipeline({"model", "import", in, "-o", out});
  EXPECT_EQ(unknown.exit, 2);
  EXPECT_THAT(unknown.err, AllOf(HasSubstr("\"last\""), HasSubstr("Cumsum")));
  ASSERT_EQ(run_pipeline({"model", "import", one_layer().write(folder.file("")).string(), "-o", out}).exit, 0);
  const Finished open = run_pipeline({"model", "inspect", out});
  EXPECT_EQ(open.exit, 2);
  EXPECT_THAT(open.err, HasSubstr("--size"));
  const Finished size = run_pipeline({"model", "inspect", out, "--size", "96"});
  EXPECT_EQ(size.exit, 2);
  EXPECT_THAT(size.err, HasSubstr("640x192"));
  EXPECT_EQ(run_pipeline({"model", "import", in}).exit, 2);
  EXPECT_EQ(run_pipeline({"model"}).exit, 2);
}

TEST(ModelCommand, ListsSeamsAndSplitsAtOne) {
  const TempFolder folder;
  const std::string shipped = std::string(WEIR_SOURCE_DIR) + "/models/weir_nano.onnx";
  const Finished table = run_pipeline({"model", "seams", shipped, "--size", "640x192"});
  ASSERT_EQ(table.exit, 0) << table.err;
  EXPECT_THAT(table.out, AllOf(HasSubstr("head MMAC"), HasSubstr("1x")));
  const Finished json = run_pipeline({"model", "seams", shipped, "--size", "640x192", "--json"});
  ASSERT_EQ(json.exit, 0) << json.err;
  const auto seams = nlohmann::json::parse(json.out);
  ASSERT_GE(seams.size(), 3U);
  const auto tensor = seams.at(2).at("tensors").at(0);
  const Finished split = run_pipeline(
      {"model", "split", shipped, "--at", tensor.at("name").get<std::string>(), "-o", folder.file("nano")});
  ASSERT_EQ(split.exit, 0) << split.err;
  const Finished tail =
      run_pipeline({"model", "inspect", folder.file("nano_tail.onnx"), "--runs", "0", "--json", "--size",
                    std::to_string(tensor.at("shape").at(3).get<int>()) + "x" +
                        std::to_string(tensor.at("shape").at(2).get<int>())});
  ASSERT_EQ(tail.exit, 0) << tail.err;
  EXPECT_EQ(nlohmann::json::parse(tail.out).at("macs"), seams.at(2).at("tail_macs"));
  EXPECT_EQ(nlohmann::json::parse(tail.out).at("inputs").at(0).at("shape"), tensor.at("shape"));
}

TEST(ModelCommand, SaysThatAValueIsNoSeamAndWhereSeamsAreListed) {
  const TempFolder folder;
  const std::string shipped = std::string(WEIR_SOURCE_DIR) + "/models/weir_nano.onnx";
  const Finished split = run_pipeline({"model", "split", shipped, "--at", "nowhere", "-o", folder.file("nano")});
  EXPECT_EQ(split.exit, 3);
  EXPECT_THAT(split.err, AllOf(HasSubstr("\"nowhere\""), HasSubstr("pipeline model seams")));
  EXPECT_EQ(run_pipeline({"model", "seams", folder.file("none.onnx")}).exit, 3);
  EXPECT_EQ(run_pipeline({"model", "seams", shipped, "--size", "6", "--most", "1"}).exit, 2);
}

}  // namespace
}  // namespace weir
