// SPDX-License-Identifier: Apache-2.0
#include "elastic/model_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "engine/engine.hpp"

namespace weir {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

using List = std::vector<std::int64_t>;

OnnxTensor zeros(const std::string& name, const Shape& shape) {
  const std::vector<float> values(shape.elements(), 0.0F);
  return make_tensor<float>(name, shape, values);
}

// Two grouped convolutions, an addition of an early tensor, a view, a matrix product.
OnnxModel small_model() {
  OnnxModel model;
  const std::vector<std::int64_t> shape{1, -1};
  model.initialisers = {zeros("w1", {8, 3, 3, 3}), zeros("b1", {8}), zeros("w2", {8, 2, 1, 1}),
                        make_tensor<std::int64_t>("shape", {2}, shape), zeros("w3", {512, 5})};
  model.nodes = {
      {"c1",
       "Conv",
       "",
       {"x", "w1", "b1"},
       {"t1"},
       {{"kernel_shape", List{3, 3}}, {"pads", List{1, 1, 1, 1}}, {"strides", List{2, 2}}}},
      {"r", "Relu", "", {"t1"}, {"t2"}, {}},
      {"c2", "Conv", "", {"t2", "w2"}, {"t3"}, {{"group", std::int64_t{4}}, {"kernel_shape", List{1, 1}}}},
      {"a", "Add", "", {"t1", "t3"}, {"t4"}, {}},
      {"flat", "Reshape", "", {"t4", "shape"}, {"t5"}, {}},
      {"m", "MatMul", "", {"t5", "w3"}, {"y"}, {}},
  };
  model.inputs = {{"x", DType::f32, {1, 3, -1, -1}}};
  model.outputs = {{"y", DType::f32, {1, 5}}};
  return model;
}

TEST(ModelReport, ShapesParametersAndMacsByHand) {
  const auto report = inspect_model(small_model(), {{1, 3, 16, 16}});
  ASSERT_TRUE(report) << report.error().text;
  ASSERT_EQ(report->layers.size(), 6U);
  EXPECT_EQ(report->layers[0].output, (Shape{1, 8, 8, 8}));
  EXPECT_EQ(report->layers[0].macs, 8 * 8 * 8 * 27);
  EXPECT_EQ(report->layers[0].parameters, 8 * 27 + 8);
  EXPECT_EQ(report->layers[2].macs, 8 * 8 * 8 * 2) << "each of 8 outputs reads the 2 channels of its group";
  EXPECT_EQ(report->layers[2].parameters, 16);
  EXPECT_EQ(report->layers[4].output, (Shape{1, 512}));
  EXPECT_EQ(report->layers[4].parameters, 0) << "a shape is no parameter";
  EXPECT_EQ(report->layers[5].macs, 512 * 5);
  EXPECT_EQ(report->macs, 13824 + 1024 + 2560);
  EXPECT_EQ(report->parameters, 224 + 16 + 2560);
}

TEST(ModelReport, MemoryFollowsTheLivesOfTensors) {
  const auto report = inspect_model(small_model(), {{1, 3, 16, 16}});
  ASSERT_TRUE(report) << report.error().text;
  const std::int64_t x = 3 * 16 * 16 * 4, t = 8 * 8 * 8 * 4, y = 5 * 4;
  std::vector<std::int64_t> live;
  for (const LayerReport& layer : report->layers) live.push_back(layer.live_bytes);
  EXPECT_EQ(live, (std::vector<std::int64_t>{x + t, 2 * t, 3 * t, 3 * t, t, t + y}));
  EXPECT_EQ(report->peak_bytes, 3 * t);
  EXPECT_EQ(report->peak_layer, "c2");
}

TEST(ModelReport, TimesComeFromTheEngineThatTellsThem) {
  const OnnxModel model = small_model();
  auto report = inspect_model(model, {{1, 3, 16, 16}});
  ASSERT_TRUE(report);
  const Status measured = add_layer_times(model, "small", 3, *report);
  ASSERT_TRUE(measured) << measured.error().text;
  EXPECT_EQ(report->time_us.has_value(), engine_backends()[0] == "openvino");
  for (const LayerReport& layer : report->layers) {
    EXPECT_EQ(layer.time_us.has_value(), report->time_us.has_value()) << layer.name;
  }
}

TEST(ModelReport, OpenSizesMustBeGiven) {
  const auto report = inspect_model(small_model(), {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Code::invalid);
  EXPECT_THAT(report.error().text, AllOf(HasSubstr("\"x\""), HasSubstr("1x3x?x?")));
}

TEST(ModelReport, UnsupportedOperatorIsNamedWithItsNode) {
  OnnxModel model = small_model();
  model.nodes[1].op = "Wobble";
  const auto report = inspect_model(model, {{1, 3, 16, 16}});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Code::unsupported);
  EXPECT_THAT(report.error().text, AllOf(HasSubstr("\"r\""), HasSubstr("Wobble")));
}

TEST(ModelReport, SizeThatDoesNotFitIsNamedWithItsNode) {
  const auto report = inspect_model(small_model(), {{1, 3, 16, 32}});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Code::unsupported);
  EXPECT_THAT(report.error().text, HasSubstr("\"m\""));
}

TEST(ModelReport, ReshapeToAnotherNumberOfValuesIsNamed) {
  OnnxModel model = small_model();
  const std::vector<std::int64_t> shape{1, 512};
  model.initialisers[3] = make_tensor<std::int64_t>("shape", {2}, shape);
  EXPECT_TRUE(inspect_model(model, {{1, 3, 16, 16}}));
  const auto report = inspect_model(model, {{1, 3, 16, 32}});
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().text, AllOf(HasSubstr("\"flat\""), HasSubstr("1x8x8x16")));
}

TEST(ModelReport, PublishedDetectorsCostWhatIsKnown) {
  const char* set = std::getenv("WEIR_DATA");
  const auto data =
      set != nullptr ? std::filesystem::path(set) : std::filesystem::path(WEIR_SOURCE_DIR) / "../shared/data";
  if (!std::filesystem::exists(data / "models/yolox_nano.onnx")) GTEST_SKIP() << "no detectors in " << data;
  struct Known {
    const char* file;
    Shape input;
    double gmac;
  };
  for (const Known& known :
       {Known{"yolox_nano.onnx", {1, 3, 192, 640}, 0.37}, Known{"yolox_nano.onnx", {1, 3, 416, 416}, 0.52},
        Known{"nanodet_g.onnx", {1, 3, 192, 640}, 1.48}, Known{"nanodet_m_416.onnx", {1, 3, 416, 416}, 0.58}}) {
    const auto model = load_onnx(data / "models" / known.file);
    ASSERT_TRUE(model) << model.error().text;
    const auto report = inspect_model(*model, {known.input});
    ASSERT_TRUE(report) << report.error().text;
    EXPECT_NEAR(static_cast<double>(report->macs) / 1e9, known.gmac, 0.006) << known.file << " " << known.input.text();
  }
}

}  // namespace
}  // namespace weir
