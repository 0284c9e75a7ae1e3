// SPDX-License-Identifier: Apache-2.0
#include "engine/engine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <numeric>
#include <thread>

#include "tests/engine/tiny_onnx.hpp"

namespace weir {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// Every backend of this build runs every case.
class EveryEngine : public testing::TestWithParam<std::string_view> {
 protected:
  EngineOptions options(std::vector<Shape> shapes = {}) const {
    return {.backend = std::string(GetParam()), .input_shapes = std::move(shapes)};
  }
};

INSTANTIATE_TEST_SUITE_P(Engine, EveryEngine, testing::ValuesIn(engine_backends().begin(), engine_backends().end()),
                         [](const auto& i) { return std::string(i.param); });

std::vector<float> ramp(std::size_t n, float start) {
  std::vector<float> v(n);
  std::iota(v.begin(), v.end(), start);
  return v;
}

TEST_P(EveryEngine, TellsItsInterface) {
  const auto engine = load_engine(test::relu_model({1, 3, 4, 5}), "relu", options());
  ASSERT_TRUE(engine.has_value()) << engine.error().text;
  ASSERT_EQ((*engine)->inputs().size(), 1U);
  EXPECT_EQ((*engine)->inputs()[0].name, "x");
  EXPECT_EQ((*engine)->inputs()[0].shape.text(), "1x3x4x5");
  EXPECT_EQ((*engine)->outputs()[0].name, "y");
  EXPECT_EQ((*engine)->outputs()[0].shape.text(), "1x3x4x5");
  EXPECT_THAT((*engine)->fingerprint(), AllOf(HasSubstr(std::string(GetParam())), HasSubstr("f32")));
}

TEST_P(EveryEngine, ReadsEachBufferItIsGiven) {
  auto engine = load_engine(test::relu_model({1, 3, 4, 5}), "relu", options()).value();
  auto session = engine->make_session().value();
  const Shape shape{1, 3, 4, 5};
  auto a = ramp(60, -10), b = ramp(60, -30);
  for (int round = 0; round < 2; ++round) {
    for (const auto* in : {&a, &b}) {
      const TensorView view = view_of(*in, shape);
      const auto out = session->infer({&view, 1});
      ASSERT_TRUE(out.has_value()) << out.error().text;
      const auto values = (*out)[0].as<float>();
      ASSERT_EQ(values.size(), 60U);
      for (std::size_t i = 0; i < 60; ++i) ASSERT_EQ(values[i], std::max(0.F, (*in)[i]));
    }
    a[59] = 1000;  // the same buffer with other content
  }
}

TEST_P(EveryEngine, TakesAnotherSizeThanTheFiles) {
  auto engine = load_engine(test::relu_model({1, 3, 4, 5}), "relu", options({{-1, -1, 8, 6}}));
  ASSERT_TRUE(engine.has_value()) << engine.error().text;
  EXPECT_EQ((*engine)->outputs()[0].shape.text(), "1x3x8x6");
}

TEST_P(EveryEngine, OpenSizeMustBeGiven) {
  const auto model = test::relu_model({1, 3, 0, 0});
  const auto text = load_engine(model, "open.onnx", options()).error().text;
  EXPECT_THAT(text, AllOf(HasSubstr("open.onnx"), HasSubstr("1x3x?x?")));
  EXPECT_TRUE(load_engine(model, "open.onnx", options({{1, 3, 4, 4}})).has_value());
  EXPECT_EQ(load_engine(model, "open.onnx", options({{1, 3, 4}})).error().code, Code::invalid);
  EXPECT_EQ(load_engine(model, "open.onnx", options({{1, 3, 4, 4}, {1}})).error().code, Code::invalid);
}

TEST_P(EveryEngine, OpenSizeTakesImagesOfAnySize) {
  for (const auto& file : {std::vector{1, 3, 4, 5}, std::vector{1, 3, 0, 0}}) {
    EngineOptions open = options();
    open.open_size = true;
    auto engine = load_engine(test::relu_model(file), "relu", open);
    ASSERT_TRUE(engine.has_value()) << engine.error().text;
    EXPECT_EQ((*engine)->inputs()[0].shape.text(), "1x3x?x?");
    auto session = (*engine)->make_session().value();
    auto values = ramp(3 * 8 * 6, -50);  // one buffer for all sizes
    for (const Shape& shape : {Shape{1, 3, 8, 6}, Shape{1, 3, 2, 3}, Shape{1, 3, 3, 2}, Shape{1, 3, 8, 6}}) {
      const TensorView view = view_of(std::span(values).first(shape.elements()), shape);
      const auto out = session->infer({&view, 1});
      ASSERT_TRUE(out.has_value()) << out.error().text;
      ASSERT_EQ((*out)[0].shape.text(), shape.text());
      const auto answer = (*out)[0].as<float>();
      for (std::size_t i = 0; i < answer.size(); ++i) ASSERT_EQ(answer[i], std::max(0.F, values[i]));
    }
    const TensorView gray = view_of(std::span(values).first(12), {1, 1, 4, 3});
    EXPECT_EQ(session->infer({&gray, 1}).error().code, Code::invalid);
  }
  EngineOptions open = options();
  open.open_size = true;
  EXPECT_EQ(load_engine(test::relu_model({1, 3}), "flat.onnx", open).error().code, Code::unsupported);
}

TEST_P(EveryEngine, BatchOfThreeEqualsThreeSingles) {
  const auto model = test::reshape_model(3, 4, 5);
  auto single = load_engine(model, "m", options()).value()->make_session().value();
  auto engine = load_engine(model, "m", options({{3, -1, -1, -1}}));
  ASSERT_TRUE(engine.has_value()) << engine.error().text;
  EXPECT_EQ((*engine)->outputs()[0].shape.text(), "3x3x20");
  auto session = (*engine)->make_session().value();
  const auto in = ramp(180, -50);
  const TensorView view = view_of(in, {3, 3, 4, 5});
  const auto out = session->infer({&view, 1});
  ASSERT_TRUE(out.has_value()) << out.error().text;
  const auto all = (*out)[0].as<float>();
  for (std::size_t i = 0; i < 3; ++i) {
    const TensorView one = view_of(std::span(in).subspan(60 * i, 60), {1, 3, 4, 5});
    const auto values = (*single->infer({&one, 1}))[0].as<float>();
    EXPECT_TRUE(std::equal(values.begin(), values.end(), all.begin() + static_cast<std::ptrdiff_t>(60 * i)));
  }
}

TEST_P(EveryEngine, RefusesInputsOfAnotherShape) {
  auto session = load_engine(test::relu_model({1, 3, 4, 5}), "relu", options()).value()->make_session().value();
  const auto in = ramp(60, 0);
  const TensorView wrong = view_of(in, {1, 3, 5, 4});
  EXPECT_THAT(session->infer({&wrong, 1}).error().text, AllOf(HasSubstr("1x3x5x4"), HasSubstr("1x3x4x5")));
  EXPECT_FALSE(session->infer({}).has_value());
  const TensorView empty{DType::f32, {1, 3, 4, 5}, nullptr};
  EXPECT_FALSE(session->infer({&empty, 1}).has_value());
}

TEST_P(EveryEngine, SessionsOutliveTheirEngineAndRunSideBySide) {
  auto o = options();
  o.sessions = 2;
  auto engine = load_engine(test::relu_model({1, 3, 32, 32}), "relu", o).value();
  std::array<std::unique_ptr<Session>, 2> sessions{engine->make_session().value(), engine->make_session().value()};
  engine.reset();
  std::array<bool, 2> right{true, true};
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < 2; ++t) {
      threads.emplace_back([&, t] {
        const auto in = ramp(3072, t == 0 ? 1.F : 5000.F);
        const TensorView view = view_of(in, {1, 3, 32, 32});
        for (int i = 0; i < 50; ++i) {
          const auto out = sessions[t]->infer({&view, 1});
          right[t] = right[t] && out && std::ranges::equal((*out)[0].as<float>(), in);
        }
      });
    }
  }
  EXPECT_TRUE(right[0] && right[1]);
}

TEST_P(EveryEngine, RefusesWhatIsNotOnnx) {
  const std::string good = test::relu_model({1, 3, 4, 5});
  for (const std::string& bad :
       {std::string("this is no model"), std::string(100, '\0'), good.substr(0, good.size() / 2)}) {
    const auto engine = load_engine(bad, "bad.onnx", options());
    ASSERT_FALSE(engine.has_value());
    EXPECT_EQ(engine.error().code, Code::corrupt) << engine.error().text;
    EXPECT_THAT(engine.error().text, HasSubstr("bad.onnx"));
  }
  EXPECT_EQ(load_engine("", "empty.onnx", options()).error().code, Code::corrupt);
}

TEST_P(EveryEngine, Int8NeedsAQuantisedModel) {
  auto o = options();
  o.precision = Precision::int8;
  const auto engine = load_engine(test::relu_model({1, 3, 4, 5}), "relu", o);
  ASSERT_FALSE(engine.has_value());
  EXPECT_EQ(engine.error().code, Code::unsupported);
  EXPECT_THAT(engine.error().text, HasSubstr("int8"));
}

TEST_P(EveryEngine, AutoPrecisionAlwaysLoads) {
  auto o = options();
  o.precision = Precision::automatic;
  const auto engine = load_engine(test::relu_model({1, 3, 4, 5}), "relu", o);
  ASSERT_TRUE(engine.has_value()) << engine.error().text;
  EXPECT_NE((*engine)->precision(), Precision::automatic);
}

TEST(Engine, MissingFileIsNotFound) {
  const auto engine = load_engine(std::filesystem::path("no/such/model.onnx"));
  ASSERT_FALSE(engine.has_value());
  EXPECT_EQ(engine.error().code, Code::not_found);
  EXPECT_THAT(engine.error().text, HasSubstr("no/such/model.onnx"));
  EXPECT_EQ(load_engine(std::filesystem::path("/")).error().code, Code::not_found);
}

TEST(Engine, LoadsFromAFile) {
  const auto path = std::filesystem::path(testing::TempDir()) / "weir_engine_test_relu.onnx";
  std::ofstream(path, std::ios::binary) << test::relu_model({1, 2, 3, 4});
  const auto engine = load_engine(path);
  EXPECT_TRUE(engine.has_value());
  std::filesystem::remove(path);
}

TEST(Engine, ChecksItsOptions) {
  const auto model = test::relu_model({1, 3, 4, 5});
  EXPECT_THAT(load_engine(model, "m", {.backend = "tensorrt"}).error().text,
              AllOf(HasSubstr("tensorrt"), HasSubstr("opencv")));
  EXPECT_THAT(load_engine(model, "m", {.threads = 0}).error().text, HasSubstr("threads"));
  EXPECT_THAT(load_engine(model, "m", {.sessions = 1000}).error().text, HasSubstr("sessions"));
  EXPECT_EQ(parse_precision("bf16").value(), Precision::bf16);
  EXPECT_THAT(parse_precision("fp16").error().text, AllOf(HasSubstr("fp16"), HasSubstr("bf16")));
}

}  // namespace
}  // namespace weir
