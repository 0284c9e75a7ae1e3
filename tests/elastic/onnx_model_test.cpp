// SPDX-License-Identifier: Apache-2.0
#include "elastic/onnx_model.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "engine/engine.hpp"
#include "tests/engine/tiny_onnx.hpp"

namespace weir {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::filesystem::path file(const std::string& name) {
  const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
  const auto folder = std::filesystem::path(::testing::TempDir()) / (std::string("weir_onnx_") + info->name());
  std::filesystem::create_directories(folder);
  return folder / name;
}

// y = 2 x + b, with attributes of several kinds on the side.
OnnxModel small_model() {
  OnnxModel model;
  const std::vector<float> factor{2}, offset{1, -1, 0.5F};
  model.initialisers = {make_tensor<float>("factor", {}, factor), make_tensor<float>("offset", {3}, offset)};
  model.nodes = {{"scale", "Mul", "", {"x", "factor"}, {"scaled"}, {}},
                 {"shift", "Add", "", {"scaled", "offset"}, {"shifted"}, {}},
                 {"limit", "LeakyRelu", "", {"shifted"}, {"y"}, {{"alpha", 0.25F}}}};
  model.inputs = {{"x", DType::f32, {-1, 3}}};
  model.outputs = {{"y", DType::f32, {-1, 3}}};
  model.metadata = {{"made", "by hand"}};
  return model;
}

std::vector<float> run(const std::string& bytes) {
  EngineOptions options;
  options.input_shapes = {{1, 3}};
  auto engine = load_engine(bytes, "small", options);
  if (!engine) ADD_FAILURE() << engine.error().text;
  if (!engine) return {};
  auto session = (*engine)->make_session();
  const std::vector<float> x{1, -2, 3};
  const TensorView view = view_of(x, {1, 3});
  const auto out = (*session)->infer({&view, 1});
  if (!out) ADD_FAILURE() << out.error().text;
  if (!out) return {};
  return {(*out)[0].as<float>().begin(), (*out)[0].as<float>().end()};
}

TEST(OnnxModel, WrittenAndReadBackIsTheSame) {
  const OnnxModel model = small_model();
  const auto path = file("small.onnx");
  const Status saved = save_onnx(model, path);
  ASSERT_TRUE(saved) << saved.error().text;
  const auto loaded = load_onnx(path);
  ASSERT_TRUE(loaded) << loaded.error().text;
  EXPECT_EQ(encode_onnx(*loaded), encode_onnx(model));
  EXPECT_EQ(loaded->nodes[2].attributes.at("alpha"), OnnxAttribute(0.25F));
  EXPECT_EQ(loaded->inputs[0].shape, (Shape{-1, 3}));
  ASSERT_NE(loaded->find_initialiser("offset"), nullptr);
  EXPECT_EQ(loaded->find_initialiser("offset")->as<float>()[1], -1);
  EXPECT_THAT(run(encode_onnx(*loaded)), ::testing::ElementsAre(3, -1.25F, 6.5F));
}

TEST(OnnxModel, EveryKindOfAttributeSurvives) {
  OnnxModel model = small_model();
  const std::vector<std::int64_t> numbers{4, -5};
  model.nodes[0].attributes = {{"a", std::int64_t{-7}},
                               {"b", std::string("text")},
                               {"c", numbers},
                               {"d", std::vector<float>{1.5F, 2}},
                               {"e", std::vector<std::string>{"x", "y"}},
                               {"f", make_tensor<std::int64_t>("t", {2}, numbers)}};
  const auto loaded = parse_onnx(encode_onnx(model), "small");
  ASSERT_TRUE(loaded) << loaded.error().text;
  EXPECT_EQ(encode_onnx(*loaded), encode_onnx(model));
  EXPECT_EQ(loaded->nodes[0].attributes.at("c"), OnnxAttribute(numbers));
  EXPECT_EQ(std::get<OnnxTensor>(loaded->nodes[0].attributes.at("f")).as<std::int64_t>()[1], -5);
}

TEST(OnnxModel, FilesThatAreRefusedSayWhy) {
  const auto missing = load_onnx(file("none.onnx"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::not_found);
  EXPECT_THAT(missing.error().text, HasSubstr("none.onnx"));
  const auto path = file("text.onnx");
  std::ofstream(path) << "this is not a model";
  const auto text = load_onnx(path);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, Code::corrupt);
  EXPECT_THAT(text.error().text, AllOf(HasSubstr("text.onnx"), HasSubstr("not an ONNX model")));
  EXPECT_FALSE(parse_onnx("", "nothing"));
}

TEST(OnnxModel, SizeAndHashAreLimits) {
  const auto path = file("small.onnx");
  ASSERT_TRUE(save_onnx(small_model(), path));
  const auto large = load_onnx(path, {.max_bytes = 10});
  ASSERT_FALSE(large);
  EXPECT_THAT(large.error().text, HasSubstr("at most 10"));
  EXPECT_TRUE(load_onnx(path, {.sha256 = sha256_hex(encode_onnx(small_model()))}));
  const auto changed = load_onnx(path, {.sha256 = sha256_hex("another file")});
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code, Code::corrupt);
  EXPECT_THAT(changed.error().text, HasSubstr(sha256_hex("another file")));
}

TEST(OnnxModel, HashIsSha256) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

std::string with_tensor(const std::string& tensor) {
  using namespace test;
  return model(bytes(1, node("Add", {"x", "w"}, "y")) + bytes(2, "g") + bytes(5, tensor) +
               bytes(11, value_info("x", {2})) + bytes(12, value_info("y", {2})));
}

TEST(OnnxModel, WeightsThatCannotBeCarriedAreNamed) {
  using namespace test;
  const auto expect = [](const std::string& tensor, Code code, const std::string& text) {
    const auto loaded = parse_onnx(with_tensor(tensor), "odd.onnx");
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, code);
    EXPECT_THAT(loaded.error().text, AllOf(HasSubstr("\"w\""), HasSubstr("odd.onnx"), HasSubstr(text)));
  };
  const std::string name = bytes(8, "w");
  expect(number(1, 2) + number(2, 1) + name + number(14, 1), Code::unsupported, "external data");
  expect(number(1, 2) + number(2, 1) + name + bytes(9, "1234"), Code::corrupt, "4 bytes where 8");
  expect(number(1, 2) + number(2, 11) + name + bytes(9, std::string(16, '0')), Code::unsupported, "DOUBLE");
  expect(number(1, ~0ULL) + number(2, 1) + name, Code::corrupt, "impossible shape");
}

TEST(OnnxModel, ValuesMayLieInTypedFields) {
  using namespace test;
  const std::string floats("\0\0\x80\x3f\0\0\0\xc0", 8);  // 1, -2
  const auto loaded = parse_onnx(with_tensor(number(1, 2) + number(2, 1) + bytes(4, floats) + bytes(8, "w")), "typed");
  ASSERT_TRUE(loaded) << loaded.error().text;
  EXPECT_EQ(loaded->find_initialiser("w")->as<float>()[1], -2);
}

TEST(OnnxModel, GraphsInsideNodesAreNamed) {
  using namespace test;
  const std::string attribute = bytes(1, "body") + number(20, 5);
  const std::string node_bytes = node("Loop", {"x"}, "y") + bytes(5, attribute);
  const auto loaded =
      parse_onnx(model(bytes(1, node_bytes) + bytes(2, "g") + bytes(11, value_info("x", {2}))), "loops");
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().text, AllOf(HasSubstr("Loop"), HasSubstr("\"body\""), HasSubstr("loops")));
}

// Reading and writing a published detector changes nothing that it computes.
TEST(OnnxModel, DetectorsComputeTheSameAfterARoundTrip) {
  const char* set = std::getenv("WEIR_DATA");
  const auto data =
      set != nullptr ? std::filesystem::path(set) : std::filesystem::path(WEIR_SOURCE_DIR) / "../shared/data";
  if (!std::filesystem::exists(data / "models/yolox_nano.onnx")) GTEST_SKIP() << "no detectors in " << data;
  for (const char* name : {"yolox_nano.onnx", "nanodet_g.onnx", "nanodet_m_416.onnx", "fastestdet_352.onnx"}) {
    const auto model = load_onnx(data / "models" / name);
    ASSERT_TRUE(model) << model.error().text;
    EngineOptions options;
    options.input_shapes = {model->inputs[0].shape};
    for (std::size_t i = 0; i < 4; ++i) {
      if (options.input_shapes[0][i] < 0) options.input_shapes[0][i] = 416;
    }
    auto before = load_engine(data / "models" / name, options);
    auto after = load_engine(encode_onnx(*model), name, options);
    ASSERT_TRUE(before) << before.error().text;
    ASSERT_TRUE(after) << after.error().text;
    auto a = (*before)->make_session(), b = (*after)->make_session();
    Tensor in(DType::f32, (*before)->inputs()[0].shape);
    for (std::size_t i = 0; float& v : in.as<float>()) v = static_cast<float>(i++ % 251) - 125;
    const TensorView view = in.view();
    const auto left = (*a)->infer({&view, 1}), right = (*b)->infer({&view, 1});
    ASSERT_TRUE(left && right) << name;
    ASSERT_EQ(left->size(), right->size());
    for (std::size_t i = 0; i < left->size(); ++i) {
      EXPECT_TRUE(std::ranges::equal((*left)[i].as<float>(), (*right)[i].as<float>())) << name << " output " << i;
    }
  }
}

}  // namespace
}  // namespace weir
