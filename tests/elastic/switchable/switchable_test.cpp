// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <cmath>

#include "elastic/graph_builder.hpp"
#include "elastic/switchable/chain.hpp"
#include "elastic/switchable/measure.hpp"
#include "elastic/switchable/session.hpp"
#include "elastic/switchable/symbol_cost.hpp"
#include "kernels/base/random.hpp"

namespace weir {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

SwitchableSetups two_setups() {
  return {"relu_3", "ab12",
          3,        64,
          32,       {{"3x6", 3, 6, 900.5, {0.5F, 1, 2}, {1, 1}, {0, 0}}, {"2x2", 2, 2, 0, {1, 1, 1}, {2, 1}, {0, -1}}}};
}

TEST(SwitchableSetups, AreReadAsTheyWereWritten) {
  const auto read = parse_setups(format_setups(two_setups()), "list");
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(format_setups(*read), format_setups(two_setups()));
  EXPECT_EQ(read->setups[1].bias, (std::vector<float>{0, -1}));
}

TEST(SwitchableSetups, SayWhatCannotBe) {
  const auto error_of = [](const SwitchableSetups& setups) {
    const auto read = parse_setups(format_setups(setups), "list.json");
    return read ? std::string() : read.error().text;
  };
  SwitchableSetups wrong = two_setups();
  wrong.setups[1].channels = 4;
  EXPECT_THAT(error_of(wrong), HasSubstr("list.json: setup \"2x2\" has channels 4, wanted 1 to 3"));
  wrong = two_setups();
  wrong.setups[0].step.pop_back();
  EXPECT_THAT(error_of(wrong), HasSubstr("steps 2, wanted 3"));
  wrong = two_setups();
  wrong.setups[0].step[1] = 0;
  EXPECT_THAT(error_of(wrong), HasSubstr("not positive"));
  wrong = two_setups();
  wrong.setups[1].scale.push_back(1);
  EXPECT_THAT(error_of(wrong), HasSubstr("scales 3"));
  wrong = two_setups();
  wrong.setups.clear();
  EXPECT_THAT(error_of(wrong), HasSubstr("no setup"));
  EXPECT_THAT(parse_setups("{\"version\": 2}", "f").error().text, HasSubstr("version 2"));
  EXPECT_THAT(parse_setups("{\"version\": 1}", "f").error().text, HasSubstr("seam"));
  EXPECT_FALSE(parse_setups("[", "f"));
}

TEST(Quantise, RoundsLimitsAndLeavesOut) {
  const SwitchableSetups setups = two_setups();
  const std::vector<float> values{0.24F, 0.76F, 5, -9, 1, 1};  // three channels of two
  std::vector<std::int32_t> symbols;
  quantise(values, setups.setups[1], symbols);
  EXPECT_THAT(symbols, ElementsAre(0, 1, 1, -2));
  std::vector<float> received(6, 7);
  dequantise(symbols, setups.setups[1], received);
  EXPECT_THAT(received, ElementsAre(0, 1, 1, -2, 0, 0));
  quantise(values, setups.setups[0], symbols);
  EXPECT_THAT(symbols, ElementsAre(0, 2, 5, -9, 0, 0));
  dequantise(symbols, setups.setups[0], received);
  EXPECT_THAT(received, ElementsAre(0, 1, 5, -9, 0, 0));
}

OnnxModel one_conv(const std::string& from, const std::string& to, std::uint64_t seed) {
  GraphBuilder graph(to, seed);
  graph.input(from, {1, 3, 32, 32});
  const std::vector<std::string> outputs{graph.conv(to, from, 3, {})};
  return graph.finish(outputs);
}

TEST(Chain, FeedsOneNetworkToTheNext) {
  const auto whole = chain(one_conv("image", "middle", 1), one_conv("middle", "end", 2));
  ASSERT_TRUE(whole) << whole.error().text;
  ASSERT_EQ(whole->inputs.size(), 1U);
  EXPECT_EQ(whole->inputs[0].name, "image");
  EXPECT_EQ(whole->outputs[0].name, "end");
  EXPECT_EQ(whole->nodes.size(), 2U);
  EXPECT_TRUE(load_engine(encode_onnx(*whole), "whole"));
}

TEST(Chain, RefusesWhatDoesNotFit) {
  EXPECT_THAT(chain(one_conv("image", "middle", 1), one_conv("other", "end", 2)).error().text,
              HasSubstr("puts out nothing"));
  EXPECT_THAT(chain(one_conv("image", "middle", 1), one_conv("middle", "image", 2)).error().text,
              HasSubstr("both have a value named \"image\""));
  OnnxModel other = one_conv("middle", "end", 2);
  other.opsets[""] = 13;
  EXPECT_THAT(chain(one_conv("image", "middle", 1), other).error().text, HasSubstr("operator sets"));
}

TEST(SymbolCost, OfNoiseIsItsEntropy) {
  Random random(1);
  SymbolCost cost(1, 40, 50);
  double bytes = 0;
  for (int frame = 0; frame < 20; ++frame) {
    std::vector<std::int32_t> symbols(2000);
    for (auto& symbol : symbols) symbol = static_cast<std::int32_t>(random.below(4)) - 1;
    bytes = cost.add(symbols);
  }
  EXPECT_NEAR(bytes, 2000 * 2 / 8.0, 0.05 * 500);
}

TEST(SymbolCost, LearnsFromTheFrameBeforeAndFromNeighbours) {
  Random random(2);
  std::vector<std::int32_t> still(2000), flat(2000);
  for (auto& symbol : still) symbol = static_cast<std::int32_t>(random.below(5)) - 2;
  for (std::size_t i = 0; i < flat.size(); ++i) flat[i] = i < 1000 ? 2 : -1;
  SymbolCost temporal(1, 40, 50), spatial(1, 40, 50);
  const double first = temporal.add(still);
  double later = 0;
  for (int frame = 0; frame < 4; ++frame) later = temporal.add(still);
  EXPECT_GT(first, 500);
  EXPECT_LT(later, 0.1 * first);
  EXPECT_LT(spatial.add(flat), 60);
}

TEST(SymbolCost, PaysForLargeSymbols) {
  SymbolCost small(1, 1, 1), large(1, 1, 1);
  const std::int32_t one = 1, many = 1000;
  EXPECT_GT(large.add({&many, 1}), small.add({&one, 1}) + 1);
}

TEST(OutputKind, IsToldByNamesAndShapes) {
  EXPECT_EQ(output_kind(std::vector<TensorInfo>{{"output", DType::f32, {1, 3549, 85}}}), OutputKind::yolox);
  EXPECT_EQ(output_kind(std::vector<TensorInfo>{{"scores", DType::f32, {1, 10}}}), OutputKind::plain);
  EXPECT_EQ(output_kind(std::vector<TensorInfo>{{"scores_8", DType::f32, {1, 60, 4}}, {"distances_8", DType::f32, {}}}),
            OutputKind::nanodet);
}

}  // namespace
}  // namespace weir
