// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "elastic/tfjs/import.hpp"
#include "engine/engine.hpp"
#include "tests/elastic/image.hpp"
#include "tests/elastic/tfjs_writer.hpp"

namespace weir {
namespace {

using test::Image;
using test::TfjsWriter;
using test::Window;
using Stored = TfjsWriter::Stored;
using ::testing::FloatNear;
using ::testing::Pointwise;

std::filesystem::path folder() {
  const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
  return std::filesystem::path(::testing::TempDir()) / (std::string("weir_tfjs_") + info->name());
}

// The outputs of a model on one image, from every engine of this build: they must agree.
std::vector<std::vector<float>> run(const OnnxModel& model, const Image& in,
                                    std::vector<std::string_view> backends = {engine_backends().begin(),
                                                                              engine_backends().end()}) {
  std::vector<std::vector<float>> first;
  for (const std::string_view backend : backends) {
    EngineOptions options;
    options.backend = backend;
    options.input_shapes = {{1, in.channels, in.height, in.width}};
    auto engine = load_engine(encode_onnx(model), "imported", options);
    if (!engine) ADD_FAILURE() << backend << ": " << engine.error().text;
    if (!engine) return {};
    auto session = (*engine)->make_session();
    const std::vector<float> values = test::planes(in);
    const TensorView view = view_of(values, options.input_shapes[0]);
    const auto out = (*session)->infer({&view, 1});
    if (!out) ADD_FAILURE() << backend << ": " << out.error().text;
    if (!out) return {};
    std::vector<std::vector<float>> all;
    for (const TensorView& t : *out) all.emplace_back(t.as<float>().begin(), t.as<float>().end());
    if (first.empty()) {
      first = all;
    } else {
      EXPECT_EQ(first.size(), all.size());
      for (std::size_t i = 0; i < all.size() && i < first.size(); ++i) {
        EXPECT_THAT(all[i], Pointwise(FloatNear(1e-4F), first[i])) << backend;
      }
    }
  }
  return first;
}

float leaky(float v) { return v < 0 ? 0.1F * v : v; }
float sigmoid(float v) { return 1 / (1 + std::exp(-v)); }

std::size_t count(const OnnxModel& model, std::string_view op) {
  return static_cast<std::size_t>(std::ranges::count(model.nodes, op, &OnnxNode::op));
}

// A detector as exporters from PyTorch through ONNX write it: channels first, a transpose round each layer, padding
// and bias apart, shapes put together from constants.
struct TransposedDetector {
  TfjsWriter file;
  std::vector<float> weights_a, bias_a, weights_b, bias_b;

  TransposedDetector() {
    file.placeholder("image", {1, 3, 32, 32});
    file.integers("to_last", {4}, {0, 2, 3, 1});
    file.integers("to_first", {4}, {0, 3, 1, 2});
    file.integers("border", {4, 2}, {0, 0, 0, 0, 1, 1, 1, 1});
    const auto real = [](std::size_t n, std::uint64_t seed) { return test::random_values(n, seed); };
    weights_a = file.constant("weights_a", {3, 3, 3, 8}, real(216, 1), Stored::f16);
    bias_a = file.constant("bias_a", {8}, real(8, 2), Stored::f16);
    weights_b = file.constant("weights_b", {1, 1, 16, 6}, real(96, 3), Stored::f16);
    bias_b = file.constant("bias_b", {6}, real(6, 4), Stored::f16);
    add_layers();
  }

  void add_layers() {
    file.node("pad", "Pad", {"image", "border"});
    file.node("pad_last", "Transpose", {"pad", "to_last"});
    file.node("conv_a", "Conv2D", {"pad_last", "weights_a"}, TfjsWriter::window(2, "VALID"));
    file.node("add_a", "Add", {"conv_a", "bias_a"});
    file.node("a_first", "Transpose", {"add_a", "to_first"});
    file.node("a", "LeakyRelu", {"a_first"}, {{"alpha", TfjsWriter::real(0.1)}});
    add_pooling();
    file.integers("axis", {}, {1});
    file.node("joined", "ConcatV2", {"a", "up_first", "axis"});
    file.node("joined_last", "Transpose", {"joined", "to_last"});
    file.node("conv_b", "Conv2D", {"joined_last", "weights_b"}, TfjsWriter::window(1, "SAME"));
    file.node("add_b", "AddV2", {"bias_b", "conv_b", "^pad"});
    file.node("b", "Transpose", {"add_b", "to_first"});
    add_heads();
  }

  void add_pooling() {
    file.constant("lowest", {}, {-INFINITY}, Stored::f16);
    file.node("pool_pad", "PadV2", {"a", "border", "lowest"});
    file.node("pool_last", "Transpose", {"pool_pad", "to_last"});
    file.node("pool", "MaxPool", {"pool_last"}, TfjsWriter::window(2, "VALID", 3));
    file.integers("size", {2}, {16, 16});
    file.node("up", "ResizeBilinear", {"pool", "size"}, {{"half_pixel_centers", TfjsWriter::flag(true)}});
    file.node("up_first", "Transpose", {"up", "to_first"});
  }

  void add_heads() {
    file.integers("sizes", {2}, {2, 4});
    file.node("split", "SplitV", {"b", "sizes", "axis"});
    file.node("scores", "Sigmoid", {"split"});
    file.integers("places", {0, 1}, {});
    file.integers("three", {1}, {3});
    file.integers("values", {0}, {});
    file.integers("zero", {}, {0});
    file.node("zeros", "SparseToDense", {"places", "three", "values", "zero"});
    file.integers("swap", {3}, {0, 2, 1});
    for (const auto& [name, channels, from] : {std::tuple{"scores", 2, "scores"}, std::tuple{"boxes", 4, "split:1"}}) {
      const std::string n = name;
      file.integers(n + "_shape", {3}, {1, channels, -1});
      file.node(n + "_sum", "AddV2", {n + "_shape", "zeros"});
      file.node(n + "_flat", "Reshape", {from, n + "_sum"});
      file.node(n + "_swapped", "Transpose", {n + "_flat", "swap"});
      file.node(n + "_out", "Identity", {n + "_swapped"});
      file.output(n + "_out");
    }
  }

  // The same, straight from the definitions of the layers: values by cell, then by channel.
  std::pair<std::vector<float>, std::vector<float>> direct(const Image& in) const {
    const Image a = mapped(convolve(in, weights_a, bias_a, 8, {.size = 3, .stride = 2, .border = 1}), leaky);
    const Image pooled = max_pool(a, {.size = 3, .stride = 2, .border = 1});
    const Image joined = concat_channels(a, resize_bilinear(pooled, a.height, a.width));
    const Image b = convolve(joined, weights_b, bias_b, 6, {.size = 1});
    std::pair<std::vector<float>, std::vector<float>> out;
    for (int y = 0; y < b.height; ++y) {
      for (int x = 0; x < b.width; ++x) {
        for (int c = 0; c < 2; ++c) out.first.push_back(sigmoid(b.at(y, x, c)));
        for (int c = 2; c < 6; ++c) out.second.push_back(b.at(y, x, c));
      }
    }
    return out;
  }
};

TEST(TfjsImport, DetectorFullOfTransposesGivesTheDirectResultAtAnySize) {
  TransposedDetector detector;
  const auto model = import_tfjs(detector.file.write(folder()));
  ASSERT_TRUE(model) << model.error().text;
  ASSERT_EQ(model->inputs.size(), 1U);
  EXPECT_EQ(model->inputs[0].name, "data");
  EXPECT_EQ(model->inputs[0].shape, (Shape{1, 3, -1, -1}));
  ASSERT_EQ(model->outputs.size(), 2U);
  EXPECT_EQ(model->outputs[0].name, "boxes_out");
  EXPECT_EQ(model->outputs[0].shape, (Shape{1, -1, 4}));
  for (const auto& [height, width] : {std::pair{32, 32}, std::pair{32, 96}, std::pair{64, 32}}) {
    const Image in = test::random_image(height, width, 3, 7);
    const auto wanted = detector.direct(in);
    const auto out = run(*model, in);
    ASSERT_EQ(out.size(), 2U);
    EXPECT_THAT(out[0], Pointwise(FloatNear(1e-4F), wanted.second)) << width << "x" << height;
    EXPECT_THAT(out[1], Pointwise(FloatNear(1e-4F), wanted.first)) << width << "x" << height;
  }
}

TEST(TfjsImport, PaddingBiasAndTransposesJoinTheirLayers) {
  TransposedDetector detector;
  const auto model = import_tfjs(detector.file.write(folder()));
  ASSERT_TRUE(model) << model.error().text;
  EXPECT_EQ(count(*model, "Pad"), 0U);
  EXPECT_EQ(count(*model, "Add"), 0U);
  EXPECT_EQ(count(*model, "Transpose"), 2U) << "one for each output";
  EXPECT_EQ(model->nodes.size(), 12U);
}

// Channels last with fused layers, as TensorFlow's own converter writes it; weights in 8 bits.
TEST(TfjsImport, FusedChannelsLastGraphBecomesChannelsFirst) {
  TfjsWriter file;
  file.placeholder("image", {1, 32, 32, 3});
  const auto w1 = file.constant("w1", {3, 3, 3, 4}, test::random_values(108, 1), Stored::u8);
  const auto b1 = file.constant("b1", {4}, test::random_values(4, 2));
  const auto w2 = file.constant("w2", {3, 3, 4, 2}, test::random_values(72, 3), Stored::u8);
  const auto b2 = file.constant("b2", {8}, test::random_values(8, 4));
  auto fused = TfjsWriter::window(2, "SAME");
  fused["fused_ops"] = TfjsWriter::texts({"BiasAdd", "Relu"});
  file.node("c1", "_FusedConv2D", {"image", "w1", "b1"}, fused);
  auto fused_depthwise = TfjsWriter::window(1, "SAME");
  fused_depthwise["fused_ops"] = TfjsWriter::texts({"BiasAdd", "LeakyRelu"});
  fused_depthwise["leakyrelu_alpha"] = TfjsWriter::real(0.1);
  file.node("c2", "FusedDepthwiseConv2dNative", {"c1", "w2", "b2"}, fused_depthwise);
  file.node("most", "MaxPool", {"c2"}, TfjsWriter::window(2, "SAME", 3));
  file.node("mean", "AvgPool", {"c2"}, TfjsWriter::window(2, "SAME", 2));
  file.node("sum", "AddV2", {"most", "mean"});
  const auto factor = file.constant("factor", {8}, test::random_values(8, 5));
  file.node("scaled", "Mul", {"sum", "factor"});
  file.integers("size", {2}, {16, 16});
  file.node("up", "ResizeNearestNeighbor", {"scaled", "size"}, {{"half_pixel_centers", TfjsWriter::flag(true)}});
  file.output("up");

  const auto model = import_tfjs(file.write(folder()));
  ASSERT_TRUE(model) << model.error().text;
  EXPECT_EQ(model->inputs[0].shape, (Shape{1, 3, -1, -1}));
  EXPECT_EQ(model->outputs[0].shape, (Shape{1, 8, -1, -1}));
  EXPECT_EQ(count(*model, "Transpose"), 0U);
  const Image in = test::random_image(32, 64, 3, 8);
  const Image c1 = mapped(convolve(in, w1, b1, 4, {.size = 3, .stride = 2, .same = true}),
                          [](float v) { return std::max(v, 0.0F); });
  const Image c2 = mapped(depthwise(c1, w2, b2, 2, {.size = 3, .same = true}), leaky);
  Image wanted = max_pool(c2, {.size = 3, .stride = 2, .same = true});
  const Image mean = average_pool(c2, {.size = 2, .stride = 2, .same = true});
  for (std::size_t i = 0; i < wanted.values.size(); ++i) {
    wanted.values[i] = (wanted.values[i] + mean.values[i]) * factor[i % 8];
  }
  const auto out = run(*model, in);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_THAT(out[0], Pointwise(FloatNear(1e-4F), test::planes(resize_nearest(wanted, 16, 32))));
}

TEST(TfjsImport, Relu6IsALimitOnBothSides) {
  if (engine_backends()[0] != "openvino") GTEST_SKIP() << "OpenCV 4.6 does not read limits that are inputs";
  TfjsWriter file;
  file.placeholder("image", {1, 4, 4, 3});
  const auto factor = file.constant("factor", {}, {20});
  file.node("large", "Mul", {"image", "factor"});
  file.node("out", "Relu6", {"large"});
  file.output("out");
  const auto model = import_tfjs(file.write(folder()));
  ASSERT_TRUE(model) << model.error().text;
  const Image in = test::random_image(4, 4, 3, 6);
  const auto out = run(*model, in, {"openvino"});
  ASSERT_EQ(out.size(), 1U);
  const Image wanted = mapped(in, [](float v) { return std::clamp(v * 20, 0.0F, 6.0F); });
  EXPECT_THAT(out[0], Pointwise(FloatNear(1e-5F), test::planes(wanted)));
}

TEST(TfjsImport, GraphWithAFixedReshapeKeepsItsSize) {
  TfjsWriter file;
  file.placeholder("image", {1, 4, 4, 3});
  file.node("relu", "Relu", {"image"});
  file.integers("shape", {2}, {1, 48});
  file.node("flat", "Reshape", {"relu", "shape"});
  file.node("out", "Softmax", {"flat"});
  file.output("out");
  const auto model = import_tfjs(file.write(folder()));
  ASSERT_TRUE(model) << model.error().text;
  EXPECT_EQ(model->inputs[0].shape, (Shape{1, 3, 4, 4}));
  const Image in = test::random_image(4, 4, 3, 9);
  float sum = 0;
  for (const float v : in.values) sum += std::exp(std::max(v, 0.0F));
  std::vector<float> wanted;
  for (const float v : in.values) wanted.push_back(std::exp(std::max(v, 0.0F)) / sum);
  const auto out = run(*model, in);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_THAT(out[0], Pointwise(FloatNear(1e-5F), wanted)) << "flattened in TensorFlow's order, channels last";
}

TEST(TfjsImport, SameFileGivesTheSameBytes) {
  const auto path = TransposedDetector().file.write(folder());
  const auto first = import_tfjs(path), second = import_tfjs(path);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(sha256_hex(encode_onnx(*first)), sha256_hex(encode_onnx(*second)));
}

}  // namespace
}  // namespace weir
