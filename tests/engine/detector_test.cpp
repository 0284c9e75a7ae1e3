// SPDX-License-Identifier: Apache-2.0
// Real detectors on real frames: what comes out of every engine must be the cars that are there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <opencv2/imgcodecs.hpp>

#include "engine/engine.hpp"
#include "kernels/detect/nanodet_decode.hpp"
#include "kernels/detect/nms.hpp"
#include "kernels/detect/yolox_decode.hpp"

namespace weir {
namespace {

constexpr std::int32_t kCar = 2, kBus = 5, kTruck = 7;  // COCO

std::filesystem::path data() {
  const char* set = std::getenv("WEIR_DATA");
  return set != nullptr ? std::filesystem::path(set) : std::filesystem::path(WEIR_SOURCE_DIR) / "../shared/data";
}

class Detector : public testing::Test {
 protected:
  void SetUp() override {
    const auto path = data() / "kitti_tracking/image_02/0002/000050.png";
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "needs " << path << "; set WEIR_DATA";
    image_ = cv::imread(path.string());
    ASSERT_FALSE(image_.empty());
  }

  ImageView view() const { return {image_.data, image_.cols, image_.rows, static_cast<std::ptrdiff_t>(image_.step)}; }

  static std::unique_ptr<Engine> load(const char* file, std::string backend, int width, int height, int batch = 1) {
    auto engine = load_engine(data() / "models" / file,
                              {.backend = std::move(backend), .input_shapes = {{batch, 3, height, width}}});
    EXPECT_TRUE(engine.has_value()) << engine.error().text;
    return engine ? std::move(*engine) : nullptr;
  }

  cv::Mat image_;
};

// Nearly all of `truth` found, as cars.
double recall(const std::vector<Detection>& found, std::span<const Box> truth) {
  int hits = 0;
  for (const Box& t : truth) {
    hits += std::ranges::any_of(found, [&](const Detection& d) {
      return (d.class_id == kCar || d.class_id == kBus || d.class_id == kTruck) && iou(d.box, t) > 0.5F;
    });
  }
  return static_cast<double>(hits) / static_cast<double>(truth.size());
}

TEST_F(Detector, YoloxNanoFindsTheCarsWithEveryEngine) {
  auto plan = PreprocessPlan::create({.width = 640, .height = 192}).value();
  std::vector<float> tensor(plan.elements());
  ASSERT_TRUE(plan.run(view(), tensor).ok());
  std::vector<std::vector<float>> answers;
  for (const std::string_view backend : engine_backends()) {
    const auto engine = load("yolox_nano.onnx", std::string(backend), 640, 192);
    ASSERT_NE(engine, nullptr);
    auto session = engine->make_session().value();
    const TensorView in = view_of(tensor, engine->inputs()[0].shape);
    const auto out = session->infer({&in, 1});
    ASSERT_TRUE(out.has_value()) << out.error().text;
    std::vector<Detection> boxes;
    ASSERT_TRUE(decode_yolox((*out)[0], {.input_width = 640, .input_height = 192, .classes = 80},
                             plan.geometry(image_.cols, image_.rows), boxes)
                    .ok());
    Nms().run(boxes);
    const Box truth[] = {{491.2F, 177.3F, 534.0F, 200.1F}};  // KITTI tracking 0002, frame 50, track 0
    EXPECT_EQ(recall(boxes, truth), 1.0) << backend << " found " << boxes.size() << " objects";
    const auto values = (*out)[0].as<float>();
    answers.emplace_back(values.begin(), values.end());
  }
  for (std::size_t k = 1; k < answers.size(); ++k) {
    ASSERT_EQ(answers[k].size(), answers[0].size());
    float worst = 0;
    for (std::size_t i = 0; i < answers[0].size(); ++i)
      worst = std::max(worst, std::abs(answers[k][i] - answers[0][i]));
    EXPECT_LT(worst, 1e-3F);
  }
}

TEST_F(Detector, YoloxNanoBatchEqualsSingles) {
  auto plan = PreprocessPlan::create({.width = 416, .height = 128}).value();
  std::vector<float> tensor(2 * plan.elements());
  const std::span<float> all(tensor);
  const std::size_t half = plan.elements();
  ASSERT_TRUE(plan.run(view().crop(0, 100, 416, 128), all.first(half)).ok());
  ASSERT_TRUE(plan.run(view().crop(600, 100, 416, 128), all.last(half)).ok());
  const auto single = load("yolox_nano.onnx", "", 416, 128);
  const auto pair = load("yolox_nano.onnx", "", 416, 128, 2);
  ASSERT_TRUE(single != nullptr && pair != nullptr);
  ASSERT_EQ(pair->outputs()[0].shape[0], 2);
  auto one = single->make_session().value(), two = pair->make_session().value();
  const TensorView both = view_of(tensor, {2, 3, 128, 416});
  const auto batched = two->infer({&both, 1}).value()[0].as<float>();
  for (std::size_t i = 0; i < 2; ++i) {
    const TensorView in = view_of(all.subspan(i * half, half), {1, 3, 128, 416});
    const auto alone = one->infer({&in, 1}).value()[0].as<float>();
    float worst = 0;
    for (std::size_t k = 0; k < alone.size(); ++k) {
      worst = std::max(worst, std::abs(alone[k] - batched[i * alone.size() + k]));
    }
    EXPECT_LT(worst, 1e-3F);
  }
}

TEST_F(Detector, NanodetFilesFindTheCars) {
  for (const char* file : {"nanodet_m_416.onnx", "nanodet_g.onnx"}) {
    for (const std::string_view backend : engine_backends()) {
      const auto engine = load(file, std::string(backend), 416, 416);
      ASSERT_NE(engine, nullptr);
      auto plan =
          PreprocessPlan::create(
              {.width = 416, .height = 416, .mean = {103.53F, 116.28F, 123.675F}, .std = {57.375F, 57.12F, 58.395F}})
              .value();
      std::vector<float> tensor(plan.elements());
      const ImageView crop = view().crop(420, 30, 320, 320);
      ASSERT_TRUE(plan.run(crop, tensor).ok());
      auto session = engine->make_session().value();
      const TensorView in = view_of(tensor, engine->inputs()[0].shape);
      const auto out = session->infer({&in, 1});
      ASSERT_TRUE(out.has_value()) << out.error().text;
      std::vector<Detection> boxes;
      const Status s = decode_nanodet(*out, {.input_width = 416, .input_height = 416, .sigmoid = has_logits(*out, 80)},
                                      plan.geometry(320, 320).from_frame(420, 30), boxes);
      ASSERT_TRUE(s.ok()) << s.error().text;
      Nms().run(boxes);
      const Box truth[] = {{491.2F, 177.3F, 534.0F, 200.1F}};
      EXPECT_EQ(recall(boxes, truth), 1.0) << file << " on " << backend << ": " << boxes.size() << " objects";
    }
  }
}

TEST_F(Detector, SizesFixedInTheFileAreRefusedByName) {
  for (const std::string_view backend : engine_backends()) {
    const auto engine = load_engine(data() / "models/nanodet_m_416.onnx",
                                    {.backend = std::string(backend), .input_shapes = {{1, 3, 192, 640}}});
    ASSERT_FALSE(engine.has_value());
    EXPECT_EQ(engine.error().code, Code::unsupported);
    EXPECT_THAT(engine.error().text,
                testing::AllOf(testing::HasSubstr("nanodet_m_416.onnx"), testing::HasSubstr("1x3x192x640")));
  }
}

}  // namespace
}  // namespace weir
