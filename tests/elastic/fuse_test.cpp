// SPDX-License-Identifier: Apache-2.0
#include "elastic/fuse.hpp"

#include <gmock/gmock.h>

#include "elastic/graph_builder.hpp"
#include "tests/elastic/run_model.hpp"

namespace weir {
namespace {

using test::run_model, test::Values;
using testing::HasSubstr;

std::size_t count(const OnnxModel& model, const std::string& op) {
  return static_cast<std::size_t>(std::ranges::count(model.nodes, op, &OnnxNode::op));
}

OnnxModel finish(GraphBuilder& graph, const std::vector<std::string>& outputs) {
  OnnxModel model = graph.finish(outputs);
  test::randomise_norms(model, 3);
  return model;
}

/// Both engines compute the same with both models.
void expect_same(const OnnxModel& before, const OnnxModel& after, const Shape& input = {1, 4, 9, 11}) {
  const Values x = test::random_values(input, 5);
  for (const std::string_view backend : engine_backends()) {
    const auto a = run_model(before, std::string(backend), {x}), b = run_model(after, std::string(backend), {x});
    ASSERT_TRUE(a) << a.error().text;
    ASSERT_TRUE(b) << b.error().text;
    ASSERT_EQ(a->size(), b->size());
    for (std::size_t i = 0; i < a->size(); ++i) {
      EXPECT_LE(test::relative_difference((*b)[i], (*a)[i]), 1e-4) << backend << ", output " << i;
    }
  }
}

std::string norm_conv(GraphBuilder& g, const std::string& name, const std::string& x, int channels, ConvShape shape) {
  return g.batch_norm(name + ".norm", g.conv(name, x, channels, shape));
}

OnnxModel three_branches(int groups, int stride) {
  GraphBuilder g("branches", 1);
  const std::string x = g.input("x", {1, 4, -1, -1});
  std::string y =
      g.add("sum", norm_conv(g, "k3", x, 4, {.kernel = 3, .stride = stride, .groups = groups, .bias = true}),
            norm_conv(g, "k1", x, 4, {.kernel = 1, .stride = stride, .groups = groups}));
  if (stride == 1) y = g.add("all", y, g.batch_norm("same", x));
  return finish(g, {g.relu("y", y)});
}

TEST(Fuse, BranchesBecomeOneConvolution) {
  for (const int groups : {1, 2, 4}) {
    for (const int stride : {1, 2}) {
      SCOPED_TRACE("groups " + std::to_string(groups) + ", stride " + std::to_string(stride));
      const OnnxModel model = three_branches(groups, stride);
      const auto fused = fuse_branches(model);
      ASSERT_TRUE(fused) << fused.error().text;
      ASSERT_EQ(fused->nodes.size(), 2U);
      EXPECT_EQ(fused->nodes[0].op, "Conv");
      EXPECT_EQ(fused->nodes[0].outputs[0], stride == 1 ? "all" : "sum");
      EXPECT_EQ(fused->initialisers.size(), 2U);
      expect_same(model, *fused);
    }
  }
}

TEST(Fuse, TheValueItselfIsABranch) {
  GraphBuilder g("residual", 2);
  const std::string x = g.input("x", {1, 4, -1, -1});
  const std::string y = g.add("y", x, g.conv("k5", x, 4, {.kernel = 5, .groups = 2, .bias = true}));
  const OnnxModel model = finish(g, {y});
  const auto fused = fuse_branches(model);
  ASSERT_TRUE(fused) << fused.error().text;
  EXPECT_EQ(fused->nodes.size(), 1U);
  expect_same(model, *fused);
}

TEST(Fuse, StackedBlocksKeepTheirNames) {
  GraphBuilder g("stack", 3);
  std::string x = g.input("x", {1, 4, -1, -1});
  for (const std::string name : {"a", "b"}) {
    x = g.relu(name, g.add(name + ".sum", norm_conv(g, name + ".3", x, 8, {}), norm_conv(g, name + ".1", x, 8, {1})));
  }
  const OnnxModel model = finish(g, {x});
  const auto fused = fuse_branches(model);
  ASSERT_TRUE(fused) << fused.error().text;
  EXPECT_EQ(fused->nodes.size(), 4U);
  EXPECT_EQ(fused->nodes[1].outputs[0], "a");
  expect_same(model, *fused);
}

TEST(Fuse, WhatAnotherReadsOrTheFileGivesStays) {
  GraphBuilder g("readers", 4);
  const std::string x = g.input("x", {1, 4, -1, -1});
  const std::string shared = g.conv("shared", x, 4), shown = g.conv("shown", x, 4);
  const std::string a = g.batch_norm("a", shared), b = g.batch_norm("b", shown);
  const OnnxModel model = finish(g, {g.add("y", g.relu("a.relu", a), shared), b, shown});
  const auto fused = fuse_branches(model);
  ASSERT_TRUE(fused) << fused.error().text;
  EXPECT_EQ(count(*fused, "BatchNormalization"), 2U);
  EXPECT_EQ(count(*fused, "Add"), 1U);
  expect_same(model, *fused);
}

TEST(Fuse, BranchesOverDifferentValuesOrSizesStayASum) {
  GraphBuilder g("different", 5);
  const std::string x = g.input("x", {1, 4, -1, -1});
  const std::string z = g.relu("z", x);
  const std::string sum = g.add("sum", norm_conv(g, "of_x", x, 4, {}), norm_conv(g, "of_z", z, 4, {}));
  const std::string groups = g.add("groups", g.conv("g1", z, 4), g.conv("g2", z, 4, {.groups = 2}));
  const OnnxModel model = finish(g, {sum, groups, g.batch_norm("alone", z), g.add("twice", z, z)});
  const auto fused = fuse_branches(model);
  ASSERT_TRUE(fused) << fused.error().text;
  EXPECT_EQ(count(*fused, "Add"), 3U);
  EXPECT_EQ(count(*fused, "BatchNormalization"), 1U);
  EXPECT_EQ(count(*fused, "Conv"), 4U);
  expect_same(model, *fused);
}

TEST(Fuse, HalfWeightsAreRefusedByName) {
  OnnxModel model = three_branches(1, 1);
  const auto weight = std::ranges::find(model.initialisers, "k3.weight", &OnnxTensor::name);
  weight->dtype = DType::f16;
  weight->data.resize(weight->data.size() / 2);
  const auto fused = fuse_branches(model);
  ASSERT_FALSE(fused);
  EXPECT_EQ(fused.error().code, Code::invalid);
  EXPECT_THAT(fused.error().text, HasSubstr("\"k3.weight\""));
}

TEST(ScaleInput, TakesALargerInput) {
  GraphBuilder g("scaled", 6);
  const std::string x = g.input("x", {1, 4, -1, -1});
  const OnnxModel model = finish(g, {g.conv("a", x, 3, {.bias = true}), g.conv("b", x, 2, {.stride = 2})});
  const auto scaled = scale_input(model, "x", 1.F / 255.F);
  ASSERT_TRUE(scaled) << scaled.error().text;
  Values small = test::random_values({1, 4, 8, 8}, 2, 0, 1), large = small;
  for (float& value : large.data) value *= 255;
  const auto want = run_model(model, "", {small}), got = run_model(*scaled, "", {large});
  ASSERT_TRUE(want && got);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_LE(test::relative_difference((*got)[i], (*want)[i]), 1e-5) << i;
}

// One weight of two convolutions, of which only one reads the input, or both do.
TEST(ScaleInput, ScalesASharedWeightOnceAndOnlyForItsReader) {
  GraphBuilder g("shared", 7);
  const std::string x = g.input("x", {1, 4, -1, -1});
  const std::string a = g.conv("a", x, 4), b = g.conv("b", x, 4), c = g.conv("c", g.relu("r", a), 4);
  OnnxModel model = finish(g, {b, c});
  for (OnnxNode& node : model.nodes) {
    if (node.op == "Conv") node.inputs[1] = "a.weight";
  }
  const auto scaled = scale_input(model, "x", 0.5F);
  ASSERT_TRUE(scaled) << scaled.error().text;
  Values small = test::random_values({1, 4, 8, 8}, 2), large = small;
  for (float& value : large.data) value *= 2;
  const auto want = run_model(model, "", {small}), got = run_model(*scaled, "", {large});
  ASSERT_TRUE(want && got);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_LE(test::relative_difference((*got)[i], (*want)[i]), 1e-5) << i;
}

TEST(ScaleInput, AnotherReaderIsNamed) {
  GraphBuilder g("other", 8);
  const std::string x = g.input("x", {1, 4, -1, -1});
  const OnnxModel model = finish(g, {g.conv("a", x, 3), g.max_pool("pool", x, 3, 2)});
  const auto scaled = scale_input(model, "x", 2);
  ASSERT_FALSE(scaled);
  EXPECT_EQ(scaled.error().code, Code::unsupported);
  EXPECT_THAT(scaled.error().text, testing::AllOf(HasSubstr("\"pool\""), HasSubstr("MaxPool")));
}

}  // namespace
}  // namespace weir
