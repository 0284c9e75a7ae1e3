// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "elastic/graph_builder.hpp"
#include "elastic/switchable/chain.hpp"
#include "elastic/switchable/measure.hpp"
#include "elastic/switchable/session.hpp"
#include "elastic/switchable/setup_tables.hpp"
#include "elastic/switchable/symbol_cost.hpp"
#include "kernels/base/random.hpp"
#include "kernels/codec/feature_decoder.hpp"
#include "kernels/codec/feature_encoder.hpp"

namespace weir {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
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

/// Bottlenecks of a made-up stream: five channels of noise around fields that move, the last of which stays at 0.
class Bottlenecks {
 public:
  static constexpr int kChannels = 5, kHeight = 9, kWidth = 14;

  explicit Bottlenecks(std::uint64_t seed) : random_(seed) {}

  Tensor next() {
    Tensor tensor(DType::f32, {1, kChannels, kHeight, kWidth});
    auto values = tensor.as<float>();
    constexpr std::size_t kPlane = std::size_t{kHeight} * kWidth;
    for (std::size_t i = 0; i < values.size() - kPlane; ++i) {
      const double wave = std::sin(static_cast<double>(i + frame_) / 7);
      values[i] = static_cast<float>(3 * wave + 0.4 * (random_.uniform() - 0.5));
    }
    std::ranges::fill(values.last(kPlane), 0.01F);
    ++frame_;
    return tensor;
  }

 private:
  Random random_;
  std::size_t frame_ = 0;
};

SwitchableSetups ladder_of_three() {
  SwitchableSetups setups{"relu_3", "ab12", Bottlenecks::kChannels, 64, 32, {}};
  const std::vector<float> steps{0.11F, 0.13F, 0.3F, 0.7F, 0.5F};
  setups.setups.push_back({"5x8", 5, 8, 0, steps, {1}, {0}});
  setups.setups.push_back({"4x3", 4, 3, 0, {0.9F, 0.9F, 1, 1.3F, 1}, {1}, {0}});
  setups.setups.push_back({"4x3", 4, 3, 0, {1.9F, 1.7F, 2, 2, 1}, {1}, {0}});
  setups.setups.push_back({"2x1", 2, 1, 0, {3, 2, 1, 1, 1}, {1}, {0}});
  return setups;
}

std::shared_ptr<const CodeTables> tables_of(const SwitchableSetups& setups, std::uint64_t model = 7) {
  Bottlenecks stream(1);
  std::vector<Tensor> tensors;
  for (int i = 0; i < 6; ++i) tensors.push_back(stream.next());
  std::vector<std::vector<TensorView>> recordings(1);
  for (const Tensor& tensor : tensors) recordings[0].push_back(tensor.view());
  auto tables = setup_tables(recordings, setups, model);
  EXPECT_TRUE(tables) << tables.error().text;
  return tables.value_or(nullptr);
}

std::vector<float> expected_values(const Tensor& tensor, const SwitchableSetup& setup) {
  std::vector<std::int32_t> symbols;
  quantise(tensor.view().as<float>(), setup, symbols);
  std::vector<float> values(tensor.view().as<float>().size());
  dequantise(symbols, setup, values);
  return values;
}

TEST(SetupTables, CarryEverySetupExactly) {
  const SwitchableSetups setups = ladder_of_three();
  const auto made = tables_of(setups);
  ASSERT_TRUE(made);
  const auto read = CodeTables::parse(made->bytes());
  ASSERT_TRUE(read) << read.error().text;
  FeatureEncoder encoder(made);
  FeatureDecoder decoder(*read);
  Bottlenecks stream(2);
  Tensor out;
  for (std::uint64_t frame = 0; frame < 24; ++frame) {  // setups in turn, each against a frame of another one
    Tensor tensor = stream.next();
    if (frame % 5 == 3) {
      for (float& value : tensor.as<float>()) value *= 60;               // beyond what 8 bits hold
      for (float& value : tensor.as<float>().last(100)) value = -2.49F;  // the channel that never moved
    }
    const std::size_t rung = frame % 4;
    const auto message = encoder.encode(tensor.view(), rung, frame);
    ASSERT_TRUE(message) << message.error().text;
    const auto decoded = decoder.decode(*message, out);
    ASSERT_TRUE(decoded) << decoded.error().text;
    EXPECT_EQ(decoded->rung, rung);
    EXPECT_THAT(out.as<float>(), ElementsAreArray(expected_values(tensor, setups.setups[rung]))) << "frame " << frame;
    encoder.acknowledge(frame);
  }
}

TEST(SetupTables, NameRungsApart) {
  const auto tables = tables_of(ladder_of_three());
  ASSERT_TRUE(tables);
  std::vector<std::string> names;
  for (const CodecRung& rung : tables->rungs()) names.push_back(rung.name);
  EXPECT_THAT(names, ElementsAre("switchable-5x8", "switchable-4x3", "switchable-4x3-2", "switchable-2x1"));
  EXPECT_EQ(tables->model_hash(), 7U);
}

TEST(SetupTables, AChannelThatNeverMovedCostsHardlyAnything) {
  SwitchableSetups with = ladder_of_three(), without = with;
  without.setups[0].channels = 4;
  const auto bytes_of = [](const SwitchableSetups& setups) {
    FeatureEncoder encoder(tables_of(setups));
    const auto message = encoder.encode(Bottlenecks(3).next().view(), 0, 0);
    return message ? message->size() : 0;
  };
  EXPECT_LE(bytes_of(with), bytes_of(without) + 2);
}

TEST(SetupTables, RefuseWhatNoMessageCarries) {
  const Tensor a = Bottlenecks(1).next(), b = Bottlenecks(2).next();
  const std::vector<std::vector<TensorView>> recordings{{a.view(), b.view()}};
  SwitchableSetups setups = ladder_of_three();
  setups.setups[1].bits = 9;
  EXPECT_THAT(setup_tables(recordings, setups, 7).error().text, HasSubstr("\"4x3\" has symbols of 9 bits"));
  setups = ladder_of_three();
  for (SwitchableSetup& setup : setups.setups) setup.step.push_back(1);
  EXPECT_THAT(setup_tables(recordings, setups, 7).error().text, HasSubstr("6 fixed steps; wanted 5"));
}

TEST(OutputKind, IsToldByNamesAndShapes) {
  EXPECT_EQ(output_kind(std::vector<TensorInfo>{{"output", DType::f32, {1, 3549, 85}}}), OutputKind::yolox);
  EXPECT_EQ(output_kind(std::vector<TensorInfo>{{"scores", DType::f32, {1, 10}}}), OutputKind::plain);
  EXPECT_EQ(output_kind(std::vector<TensorInfo>{{"scores_8", DType::f32, {1, 60, 4}}, {"distances_8", DType::f32, {}}}),
            OutputKind::nanodet);
}

}  // namespace
}  // namespace weir
