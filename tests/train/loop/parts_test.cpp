// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <array>
#include <set>

#include "train/common/loop/ema.hpp"
#include "train/common/loop/epoch_order.hpp"
#include "train/common/loop/loss_guard.hpp"
#include "train/common/loop/progress.hpp"
#include "train/common/loop/schedule.hpp"
#include "train/common/loop/trainer.hpp"

namespace weir::train {
namespace {

using testing::HasSubstr;

TEST(CosineRate, RisesThenFallsToItsFraction) {
  EXPECT_DOUBLE_EQ(cosine_rate(0, 100, 9, 1, 0.1), 0.1);
  EXPECT_DOUBLE_EQ(cosine_rate(4, 100, 9, 1, 0.1), 0.5);
  EXPECT_DOUBLE_EQ(cosine_rate(9, 100, 9, 1, 0.1), 1);
  EXPECT_DOUBLE_EQ(cosine_rate(54, 100, 9, 1, 0.1), 0.55);
  EXPECT_NEAR(cosine_rate(99, 100, 9, 1, 0.1), 0.1, 1e-12);
  EXPECT_EQ(cosine_rate(500, 100, 9, 1, 0.1), cosine_rate(99, 100, 9, 1, 0.1));
  EXPECT_EQ(cosine_rate(0, 1, 0, 2, 0.1), 2);
}

TEST(CyclicCosineRate, StartsAnewAfterEachRun) {
  const std::array<std::int64_t, 2> cycles{100, 50};
  EXPECT_EQ(cyclic_cosine_rate(99, cycles, 9, 1, 0.1), cosine_rate(99, 100, 9, 1, 0.1));
  EXPECT_EQ(cyclic_cosine_rate(100, cycles, 9, 1, 0.1), cosine_rate(0, 50, 9, 1, 0.1));
  EXPECT_EQ(cyclic_cosine_rate(149, cycles, 9, 1, 0.1), cosine_rate(49, 50, 9, 1, 0.1));
  EXPECT_EQ(cyclic_cosine_rate(900, cycles, 9, 1, 0.1), cosine_rate(49, 50, 9, 1, 0.1));
}

TEST(EmaTest, FollowsByTheWarmedUpDecayAndCopiesCounters) {
  EXPECT_DOUBLE_EQ(ema_decay(0.99, 0), 0.1);
  EXPECT_DOUBLE_EQ(ema_decay(0.99, 100000), 0.99);
  torch::Tensor weight = torch::zeros({2});
  torch::Tensor count = torch::tensor(0, torch::kLong);
  Ema ema({{"weight", weight}, {"count", count}}, 0.99);
  weight.fill_(1);
  count.fill_(4);
  ema.update();  // keeps 0.1 of 0
  EXPECT_NEAR(ema.averages()[0].second[0].item<float>(), 0.9, 1e-6);
  EXPECT_EQ(ema.averages()[1].second.item<int>(), 4);
  ema.update();  // keeps 2/11 of 0.9
  EXPECT_NEAR(ema.averages()[0].second[0].item<float>(), 0.9 * 2 / 11 + 9.0 / 11, 1e-6);
}

TEST(EmaTest, ScopePutsTheAverageInAndTheWeightsBack) {
  torch::Tensor weight = torch::zeros({2});
  Ema ema({{"weight", weight}}, 0.99);
  weight.fill_(1);
  ema.update();
  {
    const EmaScope scope(ema);
    EXPECT_NEAR(weight[1].item<float>(), 0.9, 1e-6);
  }
  EXPECT_EQ(weight[1].item<float>(), 1);
  EXPECT_NEAR(ema.averages()[0].second[1].item<float>(), 0.9, 1e-6);
}

TEST(LossGuardTest, RefusesInfinityToo) {
  LossGuard guard;
  EXPECT_TRUE(guard.check(1, 1e30));
  const Status status = guard.check(3, std::numeric_limits<double>::infinity());
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().text, HasSubstr("step 3: the loss is infinite"));
  EXPECT_THAT(status.error().text, HasSubstr("No checkpoint"));
}

TEST(EpochOrderTest, ShowsEachExampleOncePerEpochInANewOrder) {
  EpochOrder order(50, 3);
  std::vector<std::size_t> first, second;
  for (int i = 0; i < 50; ++i) first.push_back(order.at(i));
  for (int i = 50; i < 100; ++i) second.push_back(order.at(i));
  EXPECT_EQ(std::set(first.begin(), first.end()).size(), 50U);
  EXPECT_EQ(std::set(second.begin(), second.end()).size(), 50U);
  EXPECT_NE(first, second);
  EXPECT_EQ(EpochOrder(50, 3).at(77), second[27]);
  EXPECT_NE(step_random(1, 2, "a").next(), step_random(1, 2, "b").next());
}

TEST(DecayGroupsTest, LeaveBiasesAndNormsWithoutDecay) {
  const auto weight = torch::zeros({2, 3}).requires_grad_();
  const auto bias = torch::zeros({2}).requires_grad_();
  const auto frozen = torch::zeros({2, 3});
  const DecayGroups groups = decay_groups({{"w", weight}, {"b", bias}, {"f", frozen}});
  ASSERT_EQ(groups.decayed.size(), 1U);
  ASSERT_EQ(groups.plain.size(), 1U);
  EXPECT_TRUE(groups.decayed[0].is_same(weight));
}

TEST(ClipGradients, ScalesToTheNorm) {
  auto weight = torch::zeros({2, 2}).requires_grad_();
  (weight * 3).sum().backward();
  EXPECT_NEAR(clip_gradients({torch::optim::OptimizerParamGroup({weight})}, 1.5), 6, 1e-5);
  EXPECT_NEAR(weight.grad().norm().item<float>(), 1.5, 1e-4);
}

TEST(Bf16ScopeTest, LowersConvolutionsWhileItLives) {
  const auto x = torch::ones({1, 4, 8, 8}), w = torch::ones({4, 4, 3, 3});
  {
    const Bf16Scope scope;
    EXPECT_EQ(torch::conv2d(x, w).scalar_type(), torch::kBFloat16);
  }
  EXPECT_EQ(torch::conv2d(x, w).scalar_type(), torch::kFloat);
}

class ProgressTest : public testing::Test {
 protected:
  ProgressOptions options(bool terminal) {
    return {.steps = 100, .first_step = 10, .terminal = terminal, .every_seconds = 10, .now = [this] { return now_; }};
  }
  std::chrono::steady_clock::time_point now_{};
  std::ostringstream out_;
};

TEST_F(ProgressTest, WritesALineEveryTenSecondsWithTimeLeft) {
  Progress progress(out_, options(false));
  for (int step = 10; step < 31; ++step) {
    now_ += std::chrono::seconds(1);
    progress.step(step, {{"loss", 2}, {"box", 0.5}}, 0.01, 8);
  }
  EXPECT_EQ(out_.str(),
            "step 20/100  loss 2.000 (box 0.500)  rate 0.01  8.0/s  1:20 left\n"
            "step 30/100  loss 2.000 (box 0.500)  rate 0.01  8.0/s  1:10 left\n");
}

TEST_F(ProgressTest, LeavesPausesOutOfTheSpeed) {
  Progress progress(out_, options(false));
  now_ += std::chrono::seconds(2);
  progress.step(10, {{"loss", 2}}, 0.01, 8);
  progress.pause();
  now_ += std::chrono::seconds(100);
  progress.go_on();
  EXPECT_DOUBLE_EQ(progress.examples_per_second(), 4);
}

TEST_F(ProgressTest, RewritesItsLineOnATerminal) {
  Progress progress(out_, options(true));
  now_ += std::chrono::seconds(1);
  progress.step(10, {{"loss", 2}}, 0.01, 8);
  progress.say("step 11: score 0.5");
  progress.finish();
  EXPECT_THAT(out_.str(), testing::StartsWith("\rstep 11/100"));
  EXPECT_THAT(out_.str(), testing::EndsWith("\rstep 11: score 0.5\n"));
}

TEST(FormatDuration, IsShort) {
  EXPECT_EQ(format_duration(47.4), "47 s");
  EXPECT_EQ(format_duration(751), "12:31");
  EXPECT_EQ(format_duration(7509), "2:05:09");
}

}  // namespace
}  // namespace weir::train
