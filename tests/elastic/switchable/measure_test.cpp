// SPDX-License-Identifier: Apache-2.0
#include "elastic/switchable/measure.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "elastic/graph_builder.hpp"
#include "elastic/switchable/setup_tables.hpp"
#include "kernels/base/random.hpp"
#include "kernels/codec/message.hpp"

namespace weir {
namespace {

using testing::HasSubstr;

constexpr int kSide = 32, kChannels = 3;

/// The head, and the whole network too: the tail adds nothing where scales are 1 and biases 0.
std::string head() {
  GraphBuilder graph("head", 1);
  graph.input("image", {1, 3, kSide, kSide});
  const std::vector<std::string> outputs{graph.conv(kBottleneck, "image", kChannels, {})};
  return encode_onnx(graph.finish(outputs));
}

std::string tail() {
  GraphBuilder graph("tail", 2);
  graph.input(kBottleneck, {1, kChannels, kSide, kSide});
  graph.input(kSetupScale, {1, kChannels, 1, 1});
  graph.input(kSetupBias, {1, kChannels, 1, 1});
  const std::string scaled = graph.multiply("scaled", kBottleneck, kSetupScale);
  const std::vector<std::string> outputs{graph.add("end", scaled, kSetupBias)};
  return encode_onnx(graph.finish(outputs));
}

SwitchableSetups setups() {
  SwitchableSetups made{"seam", "ab12", kChannels, kSide, kSide, {}};
  made.setups.push_back({"3x7", 3, 7, 0, {4, 4, 4}, {1, 1, 1}, {0, 0, 0}});
  made.setups.push_back({"1x3", 1, 3, 0, {40, 1, 1}, {1, 1, 1}, {0, 0, 0}});
  return made;
}

MeasureOptions options() {
  MeasureOptions made;
  made.input.width = made.input.height = kSide;
  return made;
}

/// Noise around a slope.
struct Pictures {
  std::vector<std::vector<std::uint8_t>> pixels;
  std::vector<ImageView> views;

  explicit Pictures(int count) {
    Random random(5);
    for (int i = 0; i < count; ++i) {
      auto& one = pixels.emplace_back(kSide * kSide * 3);
      for (std::size_t p = 0; p < one.size(); ++p) one[p] = static_cast<std::uint8_t>(p / 40 + random.below(40));
    }
    for (const auto& one : pixels) views.push_back({one.data(), kSide, kSide, kSide * 3, PixelFormat::bgr8});
  }
};

TEST(MeasureSetups, MessagesCarryWhatTheEstimateIsOf) {
  const Pictures pictures(6);
  const auto samples = encode_frames(head(), pictures.views, options());
  ASSERT_TRUE(samples) << samples.error().text;
  ASSERT_EQ(samples->size(), 6U);
  EXPECT_EQ(samples->front().shape(), (Shape{1, kChannels, kSide, kSide}));
  std::vector<std::vector<TensorView>> recording(1);
  for (const Tensor& sample : *samples) recording[0].push_back(sample.view());
  const auto tables = setup_tables(recording, setups(), 7);
  ASSERT_TRUE(tables) << tables.error().text;

  const auto estimated = measure_setups(head(), head(), tail(), setups(), pictures.views, options());
  ASSERT_TRUE(estimated) << estimated.error().text;
  MeasureOptions real = options();
  real.tables = *tables;
  const auto sent = measure_setups(head(), head(), tail(), setups(), pictures.views, real);
  ASSERT_TRUE(sent) << sent.error().text;
  for (std::size_t s = 0; s < 2; ++s) {
    EXPECT_EQ((*sent)[s].output_error, (*estimated)[s].output_error) << "the codec changed a value";
    // Tables know beforehand what the estimate has to learn, and learning is most of it on so few symbols.
    EXPECT_LT((*sent)[s].bytes, 1.15 * (*estimated)[s].bytes + static_cast<double>(codec::kHeaderBytes));
    EXPECT_GT((*sent)[s].bytes, 0.4 * (*estimated)[s].bytes);
  }
  EXPECT_LT((*sent)[0].output_error, 0.01);
  EXPECT_GT((*sent)[1].output_error, (*sent)[0].output_error);
  EXPECT_GT((*sent)[0].bytes, (*sent)[1].bytes);
}

TEST(MeasureSetups, RefusesTablesOfOtherSetupsAndNoFrames) {
  const Pictures pictures(3);
  const auto samples = encode_frames(head(), pictures.views, options());
  ASSERT_TRUE(samples) << samples.error().text;
  std::vector<std::vector<TensorView>> recording(1);
  for (const Tensor& sample : *samples) recording[0].push_back(sample.view());
  SwitchableSetups others = setups();
  others.setups[1].step[0] = 41;
  MeasureOptions wrong = options();
  wrong.tables = *setup_tables(recording, others, 7);
  EXPECT_THAT(measure_setups(head(), head(), tail(), setups(), pictures.views, wrong).error().text,
              HasSubstr("has not the channels, bits and steps of setup \"1x3\""));
  EXPECT_THAT(measure_setups(head(), head(), tail(), setups(), {}, options()).error().text, HasSubstr("no frame"));
}

}  // namespace
}  // namespace weir
