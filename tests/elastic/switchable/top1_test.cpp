// SPDX-License-Identifier: Apache-2.0
#include "elastic/switchable/top1.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>

#include "elastic/graph_builder.hpp"

namespace weir {
namespace {

using testing::HasSubstr;

constexpr int kSide = 32;
constexpr std::size_t kBytes = std::size_t{3} * kSide * kSide;

void set(OnnxModel& model, const std::string& name, const std::vector<float>& values) {
  const auto tensor = std::ranges::find(model.initialisers, name, &OnnxTensor::name);
  *tensor = make_tensor<float>(name, tensor->shape, values);
}

/// The blue and the red of an image, from 0 to 1.
OnnxModel blue_and_red() {
  GraphBuilder graph("head", 1);
  graph.input("image", {1, 3, -1, -1});
  const std::array outputs{graph.conv(kBottleneck, "image", 2, {.kernel = 1})};
  OnnxModel model = graph.finish(outputs);
  set(model, std::string(kBottleneck) + ".weight", {1.0F / 255, 0, 0, 0, 0, 1.0F / 255});
  return model;
}

/// The means of what it gets, scaled and shifted.
OnnxModel means() {
  GraphBuilder graph("tail", 1);
  graph.input(kBottleneck, {1, 2, -1, -1});
  graph.input(kSetupScale, {1, 2, 1, 1});
  graph.input(kSetupBias, {1, 2, 1, 1});
  std::string x = graph.multiply("scaled", kBottleneck, kSetupScale);
  x = graph.add("shifted", x, kSetupBias);
  const std::array outputs{graph.linear("scores", graph.global_average("mean", x), 2)};
  OnnxModel model = graph.finish(outputs);
  set(model, "scores.weight", {1, 0, 0, 1});
  return model;
}

struct Pictures {
  std::vector<std::uint8_t> pixels;
  std::vector<ImageView> views;
  std::vector<int> labels;
};

/// Blue ones, class 0, and red ones, class 1.
Pictures pictures(std::size_t blue, std::size_t red) {
  Pictures made;
  made.pixels.resize((blue + red) * kBytes, 0);
  for (std::size_t i = 0; i < blue + red; ++i) {
    std::uint8_t* image = made.pixels.data() + i * kBytes;
    for (std::size_t at = i < blue ? 0 : 2; at < kBytes; at += 3) image[at] = 200;
    made.views.push_back({image, kSide, kSide, 3 * kSide, PixelFormat::bgr8});
    made.labels.push_back(i < blue ? 0 : 1);
  }
  return made;
}

SwitchableSetups setups() {
  return {"seam", "",
          2,      kSide,
          kSide,  {{"2x4", 2, 4, 0, {0.5F, 0.5F}, {1, 1}, {0, 0}}, {"1x1", 1, 1, 0, {0.5F, 0.5F}, {1, 1}, {0, 0.1F}}}};
}

PreprocessOptions input() {
  PreprocessOptions options;
  options.width = options.height = kSide;
  return options;
}

TEST(Top1, CountsRightAnswersAndBytesOfEachSetup) {
  const Pictures set = pictures(3, 1);
  const auto scores =
      measure_top1(encode_onnx(blue_and_red()), encode_onnx(means()), setups(), {set.views, set.labels}, input());
  ASSERT_TRUE(scores) << scores.error().text;
  ASSERT_EQ(scores->size(), 2U);
  EXPECT_EQ((*scores)[0].setup, "2x4");
  EXPECT_EQ((*scores)[0].top1, 1);
  EXPECT_EQ((*scores)[0].packed_bytes, 2 * 4 * kSide * kSide / 8.0);
  EXPECT_LT((*scores)[0].bytes, 100);  // one colour a picture
  // One bit of blue, which is never negative, tells nothing: the answer is always the second class.
  EXPECT_EQ((*scores)[1].top1, 0.25);
}

TEST(Top1, OfAWholeNetwork) {
  GraphBuilder graph("whole", 1);
  graph.input("image", {1, 3, -1, -1});
  const std::array outputs{graph.linear("scores", graph.global_average("mean", "image"), 2)};
  OnnxModel model = graph.finish(outputs);
  set(model, "scores.weight", {1, 0, 0, 0, 0, 1});
  Pictures pictured = pictures(2, 2);
  pictured.labels[3] = 0;
  const auto top1 = network_top1(encode_onnx(model), {pictured.views, pictured.labels}, input());
  ASSERT_TRUE(top1) << top1.error().text;
  EXPECT_EQ(*top1, 0.75);
}

TEST(Top1, RefusesSetsThatCannotBe) {
  const Pictures set = pictures(1, 1);
  const auto error = [&](const LabelledImages& images) {
    return measure_top1(encode_onnx(blue_and_red()), encode_onnx(means()), setups(), images, input()).error().text;
  };
  EXPECT_THAT(error({}), HasSubstr("no image"));
  EXPECT_THAT(error({set.views, std::span(set.labels).first(1)}), HasSubstr("2 images have 1 labels"));
}

}  // namespace
}  // namespace weir
