// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "elastic/tfjs/import.hpp"
#include "tests/elastic/tfjs_writer.hpp"

namespace weir {
namespace {

using test::TfjsWriter;
using ::testing::AllOf;
using ::testing::HasSubstr;

std::filesystem::path folder() {
  const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
  return std::filesystem::path(::testing::TempDir()) / (std::string("weir_tfjs_") + info->name());
}

TfjsWriter small_graph(const std::string& op = "Relu") {
  TfjsWriter file;
  file.placeholder("image", {1, 8, 8, 3});
  file.constant("weights", {1, 1, 3, 2}, {1, 2, 3, 4, 5, 6});
  file.node("conv", "Conv2D", {"image", "weights"}, TfjsWriter::window(1, "VALID"));
  file.node("last", op, {"conv"});
  file.output("last");
  return file;
}

void expect_error(const std::filesystem::path& path, Code code, const ::testing::Matcher<const std::string&>& text) {
  const auto model = import_tfjs(path);
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, code) << model.error().text;
  EXPECT_THAT(model.error().text, text);
}

TEST(TfjsErrors, SmallGraphIsFine) { EXPECT_TRUE(import_tfjs(small_graph().write(folder()))); }

TEST(TfjsErrors, UnknownOperatorIsNamedWithItsNode) {
  expect_error(small_graph("Cumsum").write(folder()), Code::unsupported,
               AllOf(HasSubstr("\"last\""), HasSubstr("Cumsum"), HasSubstr("model.json")));
}

TEST(TfjsErrors, UnknownFusedActivationIsNamed) {
  TfjsWriter file;
  file.placeholder("image", {1, 8, 8, 3});
  file.constant("weights", {1, 1, 3, 2}, {1, 2, 3, 4, 5, 6});
  auto attributes = TfjsWriter::window(1, "VALID");
  attributes["fused_ops"] = TfjsWriter::texts({"FusedBatchNorm"});
  file.node("conv", "_FusedConv2D", {"image", "weights"}, attributes);
  file.output("conv");
  expect_error(file.write(folder()), Code::unsupported, AllOf(HasSubstr("\"conv\""), HasSubstr("FusedBatchNorm")));
}

TEST(TfjsErrors, MissingModelAndMissingWeights) {
  expect_error(folder() / "none.json", Code::not_found, HasSubstr("none.json"));
  const auto path = small_graph().write(folder());
  std::filesystem::remove(folder() / "model.bin");
  expect_error(path, Code::not_found, HasSubstr("model.bin"));
}

TEST(TfjsErrors, TruncatedWeightsNameTheWeight) {
  TfjsWriter file = small_graph();
  file.weights().resize(20);
  expect_error(file.write(folder()), Code::corrupt,
               AllOf(HasSubstr("\"weights\""), HasSubstr("byte 24"), HasSubstr("hold 20")));
}

TEST(TfjsErrors, LongerWeightsThanTheManifestSays) {
  TfjsWriter file = small_graph();
  file.weights() += "xx";
  expect_error(file.write(folder()), Code::corrupt, AllOf(HasSubstr("hold 26 bytes"), HasSubstr("describes 24")));
}

TEST(TfjsErrors, ImpossibleShapesAndTypes) {
  TfjsWriter file = small_graph();
  auto& weight = file.document()["weightsManifest"][0]["weights"][0];
  weight["shape"] = {1LL << 40, 1LL << 40};
  expect_error(file.write(folder()), Code::corrupt, HasSubstr("\"weights\""));
  weight["shape"] = {1, 1, 3, 2};
  weight["dtype"] = "complex64";
  expect_error(file.write(folder()), Code::unsupported, HasSubstr("complex64"));
}

TEST(TfjsErrors, WeightsOfAnotherShapeThanTheInput) {
  TfjsWriter file = small_graph();
  file.document()["weightsManifest"][0]["weights"][0]["shape"] = {1, 1, 2, 3};
  expect_error(file.write(folder()), Code::unsupported, AllOf(HasSubstr("\"conv\""), HasSubstr("1x1x2x3")));
}

TEST(TfjsErrors, WeightFilesOutsideTheFolderAreRefused) {
  TfjsWriter file = small_graph();
  file.document()["weightsManifest"][0]["paths"][0] = "../model.bin";
  expect_error(file.write(folder()), Code::corrupt, HasSubstr("own folder"));
}

TEST(TfjsErrors, LoopsAndMissingNodes) {
  TfjsWriter file = small_graph();
  file.node("p", "Relu", {"q"});
  file.node("q", "Relu", {"p"});
  file.output("q");
  expect_error(file.write(folder()), Code::corrupt, HasSubstr("loop"));
  file = small_graph();
  file.output("nowhere");
  expect_error(file.write(folder()), Code::corrupt, HasSubstr("\"nowhere\""));
}

TEST(TfjsErrors, OtherFilesAreNotGraphModels) {
  std::filesystem::create_directories(folder());
  std::ofstream(folder() / "text.json") << "hello";
  expect_error(folder() / "text.json", Code::corrupt, HasSubstr("text.json"));
  std::ofstream(folder() / "layers.json") << R"({"modelTopology": {"model_config": {}}, "weightsManifest": []})";
  expect_error(folder() / "layers.json", Code::unsupported, HasSubstr("graph model"));
  std::ofstream(folder() / "odd.json") << R"({"modelTopology": {"node": [{"name": 3}]}, "weightsManifest": []})";
  expect_error(folder() / "odd.json", Code::corrupt, HasSubstr("odd.json"));
}

}  // namespace
}  // namespace weir
