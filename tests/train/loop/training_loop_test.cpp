// SPDX-License-Identifier: Apache-2.0
#include "train/common/loop/training_loop.hpp"

#include <gmock/gmock.h>

#include <csignal>
#include <limits>

#include "tests/train/loop/tiny.hpp"

namespace weir::train {
namespace {

using testing::HasSubstr;

std::filesystem::path scratch(const std::string& name) {
  const auto folder = std::filesystem::path(testing::TempDir()) / ("weir_loop_" + name);
  std::filesystem::remove_all(folder);
  return folder / "net.ckpt";
}

class Resume : public testing::TestWithParam<bool> {};

TEST_P(Resume, GoesOnBitForBit) {
  Tiny straight(GetParam());
  ASSERT_TRUE(straight.train());

  Tiny half(GetParam());
  const auto path = scratch(GetParam() ? "sgd" : "adamw");
  half.options.checkpoint = path;
  half.options.checkpoint_every = 20;
  LoopCallbacks stops;
  stops.loss = [&](std::int64_t step) -> Result<StepLoss> {
    if (step == 20) return fail(Code::stopped, "half way");
    return half.loss(step);
  };
  ASSERT_FALSE(half.train({}, stops));

  Tiny resumed(GetParam());
  torch::rand({7});  // another place in torch's sequence than where the first half ended
  const auto checkpoint = load_checkpoint(path);
  ASSERT_TRUE(checkpoint) << checkpoint.error().text;
  EXPECT_EQ(checkpoint->step, 20);
  const Status status = restore(*checkpoint, resumed.parts);
  ASSERT_TRUE(status) << status.error().text;
  const auto end = resumed.train(*checkpoint);
  ASSERT_TRUE(end) << end.error().text;
  EXPECT_EQ(end->step, 40);
  EXPECT_TRUE(resumed.bits() == straight.bits());
}

INSTANTIATE_TEST_SUITE_P(Optimisers, Resume, testing::Bool(),
                         [](const auto& tested) { return tested.param ? "sgd" : "adamw"; });

TEST(TrainingLoop, LossFalls) {
  Tiny tiny;
  tiny.options.steps = 120;
  const auto end = tiny.train();
  ASSERT_TRUE(end) << end.error().text;
  const auto& loss = end->curves.at("loss");
  ASSERT_EQ(loss.size(), 120U);
  EXPECT_LT(loss.back().y, 0.3 * loss.front().y);
}

TEST(TrainingLoop, StopsAtALossThatIsNoNumberAndNamesTheLastGoodCheckpoint) {
  Tiny tiny;
  tiny.options.checkpoint = scratch("nan");
  tiny.options.checkpoint_every = 10;
  LoopCallbacks callbacks;
  callbacks.loss = [&](std::int64_t step) -> Result<StepLoss> {
    auto loss = tiny.loss(step);
    if (step == 13) loss->total = loss->total * std::numeric_limits<float>::quiet_NaN();
    return loss;
  };
  const auto end = tiny.train({}, callbacks);
  ASSERT_FALSE(end);
  EXPECT_THAT(end.error().text, HasSubstr("step 13"));
  EXPECT_THAT(end.error().text, HasSubstr(tiny.options.checkpoint.string() + " (step 10)"));
  const auto good = load_checkpoint(tiny.options.checkpoint);
  ASSERT_TRUE(good);
  EXPECT_EQ(good->step, 10);
}

TEST(TrainingLoop, InterruptFinishesTheStepAndWritesACheckpoint) {
  Tiny tiny;
  tiny.options.checkpoint = scratch("interrupt");
  LoopCallbacks callbacks;
  callbacks.loss = [&](std::int64_t step) {
    if (step == 7) std::raise(SIGINT);
    return tiny.loss(step);
  };
  const auto end = tiny.train({}, callbacks);
  ASSERT_TRUE(end) << end.error().text;
  EXPECT_TRUE(end->interrupted);
  EXPECT_EQ(end->step, 8);
  const auto written = load_checkpoint(tiny.options.checkpoint);
  ASSERT_TRUE(written);
  EXPECT_EQ(written->step, 8);
}

TEST(TrainingLoop, EvaluatesWhenAskedAndKeepsItsCurve) {
  Tiny tiny;
  tiny.options.evaluate_every = 15;
  LoopCallbacks callbacks;
  callbacks.loss = [&](std::int64_t step) { return tiny.loss(step); };
  callbacks.evaluate = [](std::int64_t done, Curves& curves) -> Status {
    curves["score"].push_back({static_cast<double>(done), 1});
    return {};
  };
  const auto end = tiny.train({}, callbacks);
  ASSERT_TRUE(end);
  ASSERT_EQ(end->curves.at("score").size(), 2U);
  EXPECT_EQ(end->curves.at("score")[1].x, 30);
}

TEST(TrainingLoop, TurnsAnExceptionOfTheTensorLibraryIntoAnError) {
  Tiny tiny;
  LoopCallbacks callbacks;
  callbacks.loss = [](std::int64_t) -> Result<StepLoss> {
    return StepLoss{torch::ones({2}).matmul(torch::ones({3})), {}, 1};
  };
  const auto end = tiny.train({}, callbacks);
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code, Code::internal);
}

}  // namespace
}  // namespace weir::train
