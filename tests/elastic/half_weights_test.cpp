// SPDX-License-Identifier: Apache-2.0
#include "elastic/half_weights.hpp"

#include <gtest/gtest.h>

#include "elastic/graph_builder.hpp"
#include "tests/elastic/run_model.hpp"

namespace weir {
namespace {

using test::run_model, test::Values;

OnnxModel small_net() {
  GraphBuilder g("net", 1);
  std::string x = g.input("x", {1, 3, -1, -1});
  x = g.relu("a.relu", g.conv("a", x, 32, {.stride = 2, .bias = true}));
  x = g.relu("b.relu", g.conv("b", g.upsample("up", x), 32, {.groups = 4}));
  const OnnxModel model = g.finish(std::vector{g.linear("y", g.global_average("mean", x), 10), x});
  return model;
}

TEST(HalfWeights, HalveTheFileAndBothEnginesRunIt) {
  const OnnxModel whole = small_net();
  OnnxModel half = whole;
  store_half(half);
  EXPECT_LT(encode_onnx(half).size(), 0.6 * encode_onnx(whole).size());
  const Values x = test::random_values({1, 3, 12, 10}, 4);
  for (const std::string_view backend : engine_backends()) {
    const auto want = run_model(whole, std::string(backend), {x}), got = run_model(half, std::string(backend), {x});
    ASSERT_TRUE(want) << backend << ": " << want.error().text;
    ASSERT_TRUE(got) << backend << ": " << got.error().text;
    for (std::size_t i = 0; i < want->size(); ++i) {
      EXPECT_LE(test::relative_difference((*got)[i], (*want)[i]), 2e-3) << backend << ", output " << i;
      EXPECT_GT(test::relative_difference((*got)[i], (*want)[i]), 1e-7) << backend << ", output " << i;
    }
  }
}

TEST(HalfWeights, SmallOnesAndIntegersStay) {
  OnnxModel model = small_net();
  store_half(model);
  for (const OnnxTensor& tensor : model.initialisers) {
    EXPECT_EQ(tensor.dtype == DType::f16, tensor.shape.elements() >= 64 && tensor.dtype != DType::i64) << tensor.name;
  }
  EXPECT_NE(model.find_initialiser("a.bias"), nullptr);
  EXPECT_NE(model.find_initialiser("a.weight.f16"), nullptr);
}

TEST(HalfWeights, RoundToNearestEvenAndKeepToTheRange) {
  OnnxModel model;
  const std::vector<float> values{1, 1.0F + 0x1p-11F, 1.0F + 3 * 0x1p-11F, 1e6F, -1e6F, 0x1p-24F, 1e-9F, -0.F};
  model.initialisers = {make_tensor<float>("w", {8}, values)};
  store_half(model, 8);
  widen_half(model);
  ASSERT_EQ(model.initialisers.size(), 1U);
  EXPECT_TRUE(model.nodes.empty());
  const auto back = model.initialisers[0].as<float>();
  const std::vector<float> want{1, 1, 1.0F + 0x1p-9F, 65504, -65504, 0x1p-24F, 0, -0.F};
  EXPECT_TRUE(std::ranges::equal(back, want));
}

TEST(WidenHalf, UndoesTheStorage) {
  OnnxModel model = small_net();
  store_half(model);
  OnnxModel wide = model;
  widen_half(wide);
  EXPECT_EQ(wide.nodes.size(), small_net().nodes.size());
  for (const OnnxTensor& tensor : small_net().initialisers) {
    const OnnxTensor* back = wide.find_initialiser(tensor.name);
    ASSERT_NE(back, nullptr) << tensor.name;
    EXPECT_EQ(back->dtype, tensor.dtype);
    EXPECT_EQ(back->shape, tensor.shape);
  }
  const Values x = test::random_values({1, 3, 12, 10}, 4);
  const auto a = run_model(model, "", {x}), b = run_model(wide, "", {x});
  ASSERT_TRUE(a && b);
  EXPECT_LE(test::relative_difference((*a)[0], (*b)[0]), 1e-6);
}

TEST(WidenHalf, LeavesWhatIsNotAStoredWeight) {
  OnnxModel model;
  model.initialisers = {OnnxTensor{"h", DType::f16, {2}, std::vector<std::byte>(4)}};
  model.nodes = {{"c", "Cast", "", {"h"}, {"y"}, {{"to", std::int64_t{7}}}}};
  widen_half(model);
  EXPECT_EQ(model.nodes.size(), 1U);
  EXPECT_EQ(model.initialisers[0].dtype, DType::f16);
  // Two read it: neither name can stand for both.
  model.nodes = {{"a", "Cast", "", {"h"}, {"y"}, {{"to", std::int64_t{1}}}},
                 {"b", "Cast", "", {"h"}, {"z"}, {{"to", std::int64_t{1}}}}};
  widen_half(model);
  EXPECT_EQ(model.nodes.size(), 2U);
  EXPECT_EQ(model.initialisers[0].name, "h");
}

}  // namespace
}  // namespace weir
