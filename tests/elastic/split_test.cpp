// SPDX-License-Identifier: Apache-2.0
#include "elastic/split.hpp"

#include <gmock/gmock.h>

#include "elastic/graph_builder.hpp"
#include "elastic/seams.hpp"
#include "tests/app/program.hpp"
#include "tests/elastic/run_model.hpp"

namespace weir {
namespace {

using test::run_model;
using test::Values;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A stem, a residual block, and two outputs, the first of which is made before the last convolution.
OnnxModel residual() {
  GraphBuilder g("residual", 3);
  const std::string x = g.input("x", {1, 3, -1, -1});
  const std::string stem = g.relu("stem", g.conv("stem.conv", x, 8, {.stride = 2}));
  const std::string branch = g.conv("branch.b", g.relu("branch.a", g.conv("branch.conv", stem, 8)), 8);
  const std::string sum = g.add("sum", stem, branch);
  return g.finish(std::vector{g.conv("left", sum, 4), g.relu("right", g.conv("right.conv", sum, 2))});
}

std::vector<std::vector<std::string>> names(const std::vector<Seam>& seams) {
  std::vector<std::vector<std::string>> all;
  for (const Seam& seam : seams) {
    all.emplace_back();
    for (const SeamTensor& tensor : seam.tensors) all.back().push_back(tensor.name);
  }
  return all;
}

TEST(Seams, AreTheTensorsThatEverythingPasses) {
  const auto seams = find_seams(residual(), {{1, 3, 16, 32}}, 1);
  ASSERT_TRUE(seams) << seams.error().text;
  EXPECT_THAT(names(*seams), ElementsAre(ElementsAre("stem.conv"), ElementsAre("stem"), ElementsAre("sum")));
  const Seam& stem = (*seams)[1];
  EXPECT_EQ(stem.tensors[0].type.shape, (Shape{1, 8, 8, 16}));
  EXPECT_EQ(stem.bytes, 8 * 8 * 16 * 4);
  EXPECT_EQ(stem.head_macs, 8 * 16 * 8 * 27);
  EXPECT_EQ(stem.tail_macs, 8 * 16 * (8 * 72 * 2 + 4 * 72 + 2 * 72));
  EXPECT_EQ(stem.after, "stem");
}

TEST(Seams, OfSeveralTensorsGoThroughBranchesAndKeepEarlyOutputs) {
  const auto seams = find_seams(residual(), {{1, 3, 16, 32}}, 2);
  ASSERT_TRUE(seams) << seams.error().text;
  EXPECT_THAT(names(*seams),
              ElementsAre(ElementsAre("stem.conv"), ElementsAre("stem"), ElementsAre("stem", "branch.conv"),
                          ElementsAre("stem", "branch.a"), ElementsAre("stem", "branch.b"), ElementsAre("sum"),
                          ElementsAre("sum", "left"), ElementsAre("sum", "right.conv"),
                          ElementsAre("left", "right.conv"), ElementsAre("sum", "right")));
}

void expect_equal(const std::vector<Values>& whole, const std::vector<Values>& pieces) {
  ASSERT_EQ(whole.size(), pieces.size());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    EXPECT_EQ(whole[i].shape, pieces[i].shape);
    EXPECT_EQ(whole[i].data, pieces[i].data) << "output " << i;
  }
}

void expect_split_equal(const OnnxModel& model, const std::vector<std::string>& seam, const std::string& backend,
                        const Shape& input) {
  SCOPED_TRACE(backend + " at " + seam[0]);
  const auto split = split_model(model, seam);
  ASSERT_TRUE(split) << split.error().text;
  const Values x = test::random_values(input, 5, 0, 255);
  const auto whole = run_model(model, backend, {x});
  ASSERT_TRUE(whole) << whole.error().text;
  const auto crossing = run_model(split->head, backend, {x});
  ASSERT_TRUE(crossing) << crossing.error().text;
  const auto pieces = run_model(split->tail, backend, *crossing);
  ASSERT_TRUE(pieces) << pieces.error().text;
  expect_equal(*whole, *pieces);
}

TEST(Split, OfEverySeamEqualsTheWholeBitForBitOnEveryEngine) {
  const OnnxModel model = residual();
  const auto seams = find_seams(model, {{1, 3, 16, 32}}, 4);
  ASSERT_TRUE(seams) << seams.error().text;
  for (const std::string_view backend : engine_backends()) {
    for (const auto& seam : names(*seams)) expect_split_equal(model, seam, std::string(backend), {1, 3, 16, 32});
  }
}

TEST(Split, OfTheShippedDetectorEqualsTheWhole) {
  const auto model = load_onnx(std::string(WEIR_SOURCE_DIR) + "/models/weir_nano.onnx");
  ASSERT_TRUE(model) << model.error().text;
  const auto seams = find_seams(*model, {{1, 3, 64, 96}}, 1);
  ASSERT_TRUE(seams) << seams.error().text;
  ASSERT_GE(seams->size(), 5U);
  const std::string middle = (*seams)[seams->size() / 2].tensors[0].name;
  for (const std::string_view backend : engine_backends())
    expect_split_equal(*model, {middle}, std::string(backend), {1, 3, 64, 96});
}

TEST(Split, OfYoloxEqualsTheWhole) {
  if (test::data_folder().empty()) GTEST_SKIP() << "needs models/yolox_nano.onnx of the reference data";
  const auto model = load_onnx(test::data_folder() + "/models/yolox_nano.onnx");
  ASSERT_TRUE(model) << model.error().text;
  for (const std::string_view backend : engine_backends())
    expect_split_equal(*model, {"725"}, std::string(backend), {1, 3, 192, 640});
}

TEST(Split, KeepsOpenExtentsAndMarksBothPieces) {
  const auto split = split_model(residual(), {"stem"});
  ASSERT_TRUE(split) << split.error().text;
  ASSERT_EQ(split->tail.inputs.size(), 1U);
  EXPECT_EQ(split->tail.inputs[0].shape, (Shape{1, 8, -1, -1}));
  EXPECT_EQ(split->head.metadata.at(kSplitKey), split->tail.metadata.at(kSplitKey));
  EXPECT_NE(split->head.metadata.at(kSplitKey), split_model(residual(), {"sum"})->head.metadata.at(kSplitKey));
}

TEST(Split, SaysWhyAValueIsNoSeam) {
  const auto missing = split_model(residual(), {"nowhere"});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::not_found);
  EXPECT_THAT(missing.error().text, HasSubstr("\"nowhere\""));
  const auto branch = split_model(residual(), {"branch.a"});
  ASSERT_FALSE(branch);
  EXPECT_EQ(branch.error().code, Code::invalid);
  EXPECT_THAT(branch.error().text, testing::AllOf(HasSubstr("\"branch.a\" is no seam"), HasSubstr("\"x\" gets past")));
  EXPECT_THAT(split_model(residual(), {"sum", "sum"}).error().text, HasSubstr("twice"));
  EXPECT_FALSE(split_model(residual(), {}));
}

}  // namespace
}  // namespace weir
