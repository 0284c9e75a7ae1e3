// SPDX-License-Identifier: Apache-2.0
#include "elastic/graph_builder.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <stdexcept>

#include "tests/elastic/run_model.hpp"

namespace weir {
namespace {

using test::run_model, test::Values;

OnnxModel every_layer(std::uint64_t seed) {
  GraphBuilder g("layers", seed);
  const std::string x = g.input("x", {-1, 4, -1, -1});
  const std::string conv = g.relu("relu", g.batch_norm("norm", g.conv("conv", x, 6, {.stride = 2, .groups = 2})));
  const std::string pool = g.max_pool("pool", x, 3, 2);
  const std::string both = g.concat("both", std::vector{conv, pool});
  const std::string up = g.sigmoid("sigmoid", g.upsample("up", both));
  return g.finish(std::vector{both, up, g.rows("rows", up), g.linear("linear", g.global_average("mean", up), 5)});
}

TEST(GraphBuilder, LayersHaveTheSizesTheyPromise) {
  const OnnxModel model = every_layer(1);
  for (const std::string_view backend : engine_backends()) {
    const auto got = run_model(model, std::string(backend), {test::random_values({1, 4, 10, 14}, 1)});
    ASSERT_TRUE(got) << backend << ": " << got.error().text;
    EXPECT_EQ((*got)[0].shape, (Shape{1, 10, 5, 7}));
    EXPECT_EQ((*got)[1].shape, (Shape{1, 10, 10, 14}));
    EXPECT_EQ((*got)[2].shape, (Shape{1, 140, 10}));
    EXPECT_EQ((*got)[3].shape, (Shape{1, 5}));
    const Values& maps = (*got)[1];
    const Values& rows = (*got)[2];
    for (std::size_t pixel : {0U, 77U, 139U}) EXPECT_EQ(rows.data[pixel * 10 + 3], maps.data[3 * 140 + pixel]);
    EXPECT_EQ(maps.data[0], maps.data[15]) << "a pixel is repeated to the right and below";
  }
}

TEST(GraphBuilder, AttentionIsAMeanWeightedByTheSoftmaxOfProducts) {
  constexpr std::size_t kChannels = 4, kPlaces = 6;
  GraphBuilder g("attention", 1);
  const Shape shape{1, 4, 2, 3};
  const std::string q = g.input("q", shape), k = g.input("k", shape), v = g.input("v", shape);
  const OnnxModel model = g.finish(std::vector{g.attention("attention", q, k, v, 2, 3)});
  const Values queries = test::random_values(shape, 1), keys = test::random_values(shape, 2),
               values = test::random_values(shape, 3);
  for (const std::string_view backend : engine_backends()) {
    const auto got = run_model(model, std::string(backend), {queries, keys, values});
    ASSERT_TRUE(got) << backend << ": " << got.error().text;
    ASSERT_EQ((*got)[0].shape, shape);
    for (std::size_t at = 0; at < kPlaces; ++at) {
      std::array<double, kPlaces> weight{};
      double sum = 0;
      for (std::size_t to = 0; to < kPlaces; ++to) {
        for (std::size_t c = 0; c < kChannels; ++c) {
          weight[to] += queries.data[c * kPlaces + at] * keys.data[c * kPlaces + to];
        }
        sum += weight[to] = std::exp(weight[to] / 2);
      }
      for (std::size_t c = 0; c < kChannels; ++c) {
        double want = 0;
        for (std::size_t to = 0; to < kPlaces; ++to) want += weight[to] / sum * values.data[c * kPlaces + to];
        EXPECT_NEAR((*got)[0].data[c * kPlaces + at], want, 1e-4) << backend;
      }
    }
  }
}

// Operator set 11 has no operator among those of the builder that lets an input in the middle be left out.
TEST(GraphBuilder, EveryInputOfANodeHasAName) {
  for (const OnnxNode& node : every_layer(1).nodes) {
    for (const std::string& input : node.inputs) EXPECT_FALSE(input.empty()) << node.name;
  }
}

TEST(GraphBuilder, OddSizesAreRoundedUp) {
  GraphBuilder g("odd", 1);
  const std::string x = g.input("x", {-1, 2, -1, -1});
  const OnnxModel model = g.finish(std::vector{g.conv("k3", x, 2, {.stride = 2}), g.conv("k1", x, 2, {1, 2}),
                                               g.conv("k5", x, 2, {5, 2}), g.max_pool("pool", x, 3, 2)});
  const auto got = run_model(model, "", {test::random_values({2, 2, 7, 9}, 1)});
  ASSERT_TRUE(got) << got.error().text;
  for (const auto& values : *got) EXPECT_EQ(values.shape, (Shape{2, 2, 4, 5}));
}

TEST(GraphBuilder, WeightsComeFromSeedAndNameAlone) {
  const OnnxModel a = every_layer(1), b = every_layer(1), c = every_layer(2);
  EXPECT_EQ(encode_onnx(a), encode_onnx(b));
  EXPECT_NE(encode_onnx(a), encode_onnx(c));
  GraphBuilder g("other", 1);
  g.conv("another", g.input("x", {1, 4, -1, -1}), 3);
  const std::string same = g.conv("conv", "x", 6, {.stride = 2, .groups = 2});
  const OnnxModel other = g.finish(std::vector{same});
  EXPECT_EQ(*other.find_initialiser("conv.weight"), *a.find_initialiser("conv.weight"));
}

TEST(GraphBuilder, WeightsDeviateAsHeEtAlSay) {
  GraphBuilder g("he", 9);
  const OnnxModel model = g.finish(std::vector{g.conv("y", g.input("x", {1, 64, -1, -1}), 64, {.groups = 2})});
  const auto weight = model.find_initialiser("y.weight")->as<float>();
  double sum = 0, squares = 0;
  for (const float w : weight) sum += w, squares += w * w;
  const double n = static_cast<double>(weight.size());
  EXPECT_NEAR(sum / n, 0, 0.005);
  EXPECT_NEAR(std::sqrt(squares / n), std::sqrt(2.0 / (32 * 9)), 0.002);
}

TEST(GraphBuilder, BiasesStartWhereTheyAreTold) {
  GraphBuilder g("bias", 1);
  const std::string y = g.conv("y", g.input("x", {1, 4, -1, -1}), 2, {.kernel = 1, .bias = true});
  g.fill_bias("y", -4.6F);
  const OnnxModel model = g.finish(std::vector{y});
  for (const float b : model.find_initialiser("y.bias")->as<float>()) EXPECT_EQ(b, -4.6F);
}

TEST(GraphBuilder, MistakesOfTheCallerAreLogicErrors) {
  GraphBuilder g("wrong", 1);
  const std::string x = g.input("x", {1, 4, -1, -1});
  const std::string y = g.conv("y", x, 6);
  EXPECT_THROW(g.conv("y", x, 6), std::logic_error);
  EXPECT_THROW(g.conv("z", "nothing", 6), std::logic_error);
  EXPECT_THROW(g.conv("z", x, 6, {.groups = 4}), std::logic_error);
  EXPECT_THROW(g.add("z", x, y), std::logic_error);
  EXPECT_THROW(g.fill_bias("y", 1), std::logic_error);
  EXPECT_THROW(g.finish(std::vector<std::string>{"nothing"}), std::logic_error);
}

}  // namespace
}  // namespace weir
