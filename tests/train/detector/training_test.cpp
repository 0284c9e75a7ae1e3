// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <csignal>
#include <limits>
#include <sstream>

#include "train/common/data/synthetic.hpp"
#include "train/common/loop/checkpoint.hpp"
#include "train/detector/detector_training.hpp"

namespace weir::train {
namespace {

using testing::AllOf, testing::HasSubstr;

constexpr int kSteps = 30;

const Pool& drawn_pool() {
  static const Pool kPool = [] {
    Pool pool;
    SceneOptions scene;
    scene.width = 416;
    scene.height = 128;
    pool.examples = draw_synthetic(scene, 1, 4, 2, 15);
    pool.sources = {{"synthetic", 1, 0, pool.examples.size()}};
    return pool;
  }();
  return kPool;
}

DetectorOptions tiny_options(const std::string& name, int workers = 1) {
  DetectorOptions options;
  options.program.out = std::filesystem::path(testing::TempDir()) / ("weir_detector_" + name);
  std::filesystem::remove_all(options.program.out);
  options.program.seed = 11;
  options.steps = kSteps;
  options.batch = 4;
  options.workers = workers;
  options.rate = 0.01;
  options.average_decay = 0.9;
  options.evaluate_every = 0;
  options.shape = {.stem = 8, .channels = {8, 8, 8, 8}, .blocks = {1, 1, 1, 1}, .neck = 8};
  options.augment.width = 96;
  options.augment.height = 64;
  return options;
}

/// Takes a program's messages, and interrupts it as Ctrl-C would when one of them holds a given text.
class Interrupter : public std::stringbuf {
 public:
  explicit Interrupter(std::string at) : at_(std::move(at)) {}

 protected:
  int sync() override {
    if (!done_ && str().find(at_) != std::string::npos) {
      done_ = true;
      std::raise(SIGINT);
    }
    return 0;
  }

 private:
  std::string at_;
  bool done_ = false;
};

Result<TrainedDetector> train(const DetectorOptions& options) {
  std::ostringstream quiet;
  return train_detector(options, drawn_pool(), {}, quiet);
}

/// Trains until the validation after step 10 and is interrupted there, which ends it one step later.
std::filesystem::path interrupted(DetectorOptions options) {
  options.evaluate_every = 10;
  Interrupter buffer("step 10:");
  std::ostream messages(&buffer);
  const auto trained = train_detector(options, drawn_pool(), synthetic_validation(1, 1), messages);
  EXPECT_TRUE(trained && trained->end.interrupted && trained->end.step == 11);
  return options.program.out / "detector.ckpt";
}

double mean(const std::vector<CurvePoint>& curve, std::size_t first, std::size_t count) {
  double sum = 0;
  for (std::size_t i = first; i < first + count; ++i) sum += curve[i].y;
  return sum / static_cast<double>(count);
}

TEST(DetectorTraining, LossFallsAndARunIsRepeatable) {
  const auto first = train(tiny_options("first")), second = train(tiny_options("second"));
  ASSERT_TRUE(first) << first.error().text;
  ASSERT_TRUE(second) << second.error().text;
  const auto& loss = first->end.curves.at("loss");
  ASSERT_EQ(loss.size(), static_cast<std::size_t>(kSteps));
  EXPECT_LT(mean(loss, kSteps - 8, 8), 0.75 * mean(loss, 0, 8));
  EXPECT_EQ(encode_onnx(first->model), encode_onnx(second->model));
  auto other = tiny_options("other");
  other.program.seed = 12;
  const auto third = train(other);
  ASSERT_TRUE(third) << third.error().text;
  EXPECT_NE(encode_onnx(first->model), encode_onnx(third->model));
}

TEST(DetectorTraining, ResumeGoesOnBitForBit) {
  const auto straight = train(tiny_options("straight"));
  ASSERT_TRUE(straight) << straight.error().text;
  auto options = tiny_options("resumed");
  options.program.resume = interrupted(options);
  const auto resumed = train(options);
  ASSERT_TRUE(resumed) << resumed.error().text;
  EXPECT_EQ(resumed->end.step, kSteps);
  EXPECT_TRUE(encode_onnx(resumed->model) == encode_onnx(straight->model));
}

TEST(DetectorTraining, TwoThreadsGiveOneResult) {
  const auto first = train(tiny_options("two", 2)), second = train(tiny_options("two_again", 2));
  ASSERT_TRUE(first) << first.error().text;
  ASSERT_TRUE(second) << second.error().text;
  EXPECT_TRUE(encode_onnx(first->model) == encode_onnx(second->model));
  const auto& loss = first->end.curves.at("loss");
  EXPECT_LT(mean(loss, kSteps - 8, 8), 0.75 * mean(loss, 0, 8));
}

TEST(DetectorTraining, ABrokenWeightStopsItAndNamesTheStep) {
  auto options = tiny_options("broken");
  options.program.resume = interrupted(options);
  auto checkpoint = load_checkpoint(options.program.resume);
  ASSERT_TRUE(checkpoint) << checkpoint.error().text;
  std::size_t broken = 0;
  for (auto& [name, tensor] : checkpoint->tensors) {
    if (name.find("stage2.0.3x3.conv.weight") == std::string::npos || ++broken > 1) continue;
    tensor.flatten()[0].fill_(std::numeric_limits<float>::quiet_NaN());
  }
  ASSERT_GT(broken, 0U);
  ASSERT_TRUE(save_checkpoint(*checkpoint, options.program.resume));
  const auto trained = train(options);
  ASSERT_FALSE(trained);
  EXPECT_EQ(trained.error().code, Code::internal);
  EXPECT_THAT(trained.error().text, AllOf(HasSubstr("step 11"), HasSubstr("NaN"), HasSubstr("checkpoint")));
}

TEST(DetectorTraining, TheBatchMustBeSharedEvenly) {
  auto options = tiny_options("uneven", 2);
  options.batch = 3;
  const auto trained = train(options);
  ASSERT_FALSE(trained);
  EXPECT_EQ(trained.error().code, Code::invalid);
  EXPECT_THAT(trained.error().text, AllOf(HasSubstr("3"), HasSubstr("2 threads")));
}

}  // namespace
}  // namespace weir::train
