// SPDX-License-Identifier: Apache-2.0
#include "train/detector/loss.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "kernels/base/random.hpp"

namespace weir::train {
namespace {

constexpr int kWidth = 64, kHeight = 32, kClasses = 2, kBins = 10;

/// Score and distance logits of every cell of equal crops, and what is true of them.
struct Task {
  std::vector<Cell> cells = detector_cells(kWidth, kHeight);
  std::vector<float> scores = std::vector<float>(cells.size() * kClasses, -1.F);
  std::vector<float> sides = std::vector<float>(cells.size() * 4 * kBins, 0.F);
  AugmentedExample truth;
  DetectorLossOptions options{.classes = kClasses, .bins = kBins, .assign = {}};
  torch::Tensor score_leaf, side_leaf;

  DetectorLoss loss(int copies = 1) {
    const auto count = static_cast<std::int64_t>(cells.size());
    score_leaf = torch::tensor(scores).reshape({1, count, kClasses}).repeat({copies, 1, 1}).requires_grad_();
    side_leaf = torch::tensor(sides).reshape({1, count, 4 * kBins}).repeat({copies, 1, 1}).requires_grad_();
    std::vector<torch::Tensor> outputs;
    for (const torch::Tensor& leaf : {score_leaf, side_leaf}) {
      for (const torch::Tensor& part : leaf.split_with_sizes({32, 8, 2}, 1)) outputs.push_back(part);
    }
    return detector_loss(outputs, std::vector<AugmentedExample>(static_cast<std::size_t>(copies), truth), cells,
                         options);
  }

  /// Makes a cell predict exactly this box.
  void predict(std::size_t cell, const Box& box) {
    const Cell& at = cells[cell];
    const std::array<float, 4> distances{at.x - box.left, at.y - box.top, box.right - at.x, box.bottom - at.y};
    for (std::size_t side = 0; side < 4; ++side) {
      float* logits = sides.data() + (cell * 4 + side) * kBins;
      std::fill_n(logits, kBins, -40.F);
      const float strides = distances[side] / at.stride, share = strides - std::floor(strides);
      const auto bin = static_cast<std::size_t>(strides);
      logits[bin] = share < 1 ? std::log(1 - share) : -40.F;
      logits[bin + 1] = share > 0 ? std::log(share) : -40.F;
    }
  }
};

bool finite(const torch::Tensor& tensor) { return torch::isfinite(tensor).all().item<bool>(); }

TEST(DetectorLoss, ExactBoxesCostNothing) {
  Task task;
  const Box box{9, 9, 39, 23};  // eight cells of stride 8, one of stride 32
  task.truth.boxes = {{box, 1, 1}};
  for (std::size_t i = 0; i < task.cells.size(); ++i) {
    const Cell& cell = task.cells[i];
    if (cell.x > box.left && cell.x < box.right && cell.y > box.top && cell.y < box.bottom) task.predict(i, box);
  }
  const DetectorLoss exact = task.loss();
  EXPECT_NEAR(exact.box.item<double>(), 0, 1e-4);
  for (const std::size_t i : {9U, 10U, 11U, 12U}) task.predict(i, {9, 9, 39, 31});
  const DetectorLoss off = task.loss();
  EXPECT_GT(off.box.item<double>(), 0.005);
  EXPECT_GT(off.distribution.item<double>(), exact.distribution.item<double>());
  EXPECT_NEAR(off.total.item<double>(),
              off.score.item<double>() + 2 * off.box.item<double>() + 0.5 * off.distribution.item<double>(), 1e-5);
}

/// One object that the cell at (12, 12) alone may learn, roughly predicted. Four copies of it, so that the wanted
/// scores add up to more than one and their sum cancels out of box and distribution.
Task one_cell() {
  Task task;
  task.truth.boxes = {{{8.5F, 8.5F, 16, 16}, 1, 1}};
  Random random(3);
  for (std::size_t k = 0; k < task.sides.size(); ++k) {
    task.sides[k] = 2 - static_cast<float>(k % kBins) + static_cast<float>(random.uniform());
  }
  for (float& score : task.scores) score = static_cast<float>(3 * random.uniform() - 2);
  return task;
}
constexpr std::size_t kCell = 9;
constexpr int kCopies = 4;

TEST(DetectorLoss, GradientsOfBoxAndDistributionAreTheirSlopes) {
  for (const auto part : {&DetectorLoss::box, &DetectorLoss::distribution}) {
    Task task = one_cell();
    const DetectorLoss loss = task.loss(kCopies);
    (loss.*part).backward();
    const torch::Tensor gradient = task.side_leaf.grad().sum(0);
    double largest = 0;
    for (std::size_t k = 0; k < 4 * kBins; ++k) {
      float& logit = task.sides[kCell * 4 * kBins + k];
      const float at = logit, step = 0.02F;
      logit = at + step;
      const double above = (task.loss(kCopies).*part).item<double>();
      logit = at - step;
      const double below = (task.loss(kCopies).*part).item<double>();
      logit = at;
      const auto row = static_cast<std::int64_t>(kCell), column = static_cast<std::int64_t>(k);
      const double slope = (above - below) / (2 * step), claimed = gradient[row][column].item<double>();
      EXPECT_NEAR(claimed, slope, 1e-4 + 0.01 * std::abs(slope)) << "logit " << k;
      largest = std::max(largest, std::abs(slope));
    }
    EXPECT_GT(largest, 0.01);
    EXPECT_NEAR(gradient.abs().sum().item<double>(),
                gradient[static_cast<std::int64_t>(kCell)].abs().sum().item<double>(), 1e-7)
        << "no other cell learns a box";
  }
}

// The weights are not differentiated: the gradient is the error times the wanted score in the object's cell, whatever
// the class, and times 0.75 p^2 elsewhere.
TEST(DetectorLoss, GradientOfTheScoreIsTheWeightedError) {
  Task task = one_cell();
  const DetectorLoss loss = task.loss(kCopies);
  loss.score.backward();
  const torch::Tensor probability = torch::sigmoid(task.score_leaf.detach());
  // The wanted score is the overlap of what the cell predicts.
  const torch::Tensor steps = torch::arange(kBins, torch::kFloat);
  const auto row = static_cast<std::int64_t>(kCell);
  const torch::Tensor sides =
      torch::matmul(torch::softmax(task.side_leaf.detach()[0][row].reshape({4, kBins}), -1), steps) * 8;
  const auto side = [&](int i) { return sides[i].item<float>(); };
  const float overlap = iou(Box{12 - side(0), 12 - side(1), 12 + side(2), 12 + side(3)}, task.truth.boxes[0].box);
  ASSERT_GT(kCopies * overlap, 1);
  torch::Tensor wanted = torch::zeros_like(probability);
  wanted.select(1, row).select(1, 1).fill_(overlap);
  torch::Tensor weight = 0.75 * probability * probability;
  weight.select(1, row).clamp_min_(overlap);
  const torch::Tensor expected = (probability - wanted) * weight / (kCopies * overlap);
  EXPECT_LT((task.score_leaf.grad() - expected).abs().max().item<double>(), 1e-5);
}

// A large object that many cells learn, and a tiny one that one cell learns: how much of the box's gradient is the tiny
// one's.
TEST(DetectorLoss, BalanceGivesTinyObjectsTheirSay) {
  const auto share_of_tiny = [](double balance) {
    Task task;
    const Box large{1, 1, 31, 31}, tiny{40, 8.5F, 48, 16};
    task.truth.boxes = {{large, 0, 1}, {tiny, 1, 1}};
    for (std::size_t i = 0; i < task.cells.size(); ++i) {
      const Cell& cell = task.cells[i];
      const auto holds = [&](const Box& box) {
        return cell.x > box.left && cell.x < box.right && cell.y > box.top && cell.y < box.bottom;
      };
      if (holds(large)) task.predict(i, {large.left, large.top, large.right, large.bottom - 1});
      if (holds(tiny)) task.predict(i, {tiny.left, tiny.top, tiny.right, tiny.bottom - 1});
    }
    task.options.balance = balance;
    task.loss().box.backward();
    const torch::Tensor by_cell = task.side_leaf.grad()[0].abs().sum(1);
    double tiny_part = 0, all = by_cell.sum().item<double>();
    for (std::size_t i = 0; i < task.cells.size(); ++i) {
      if (task.cells[i].x > 40) tiny_part += by_cell[static_cast<std::int64_t>(i)].item<double>();
    }
    return tiny_part / all;
  };
  EXPECT_GT(share_of_tiny(0.5), 1.3 * share_of_tiny(0));
  EXPECT_GT(share_of_tiny(1), 1.3 * share_of_tiny(0.5));
}

TEST(DetectorLoss, WithoutObjectsItIsFinite) {
  Task task;
  const DetectorLoss loss = task.loss(2);
  loss.total.backward();
  EXPECT_GT(loss.score.item<double>(), 0);
  EXPECT_EQ(loss.box.item<double>(), 0);
  EXPECT_TRUE(finite(task.score_leaf.grad()));
  EXPECT_GT(task.score_leaf.grad().abs().min().item<double>(), 0);
  EXPECT_EQ(task.side_leaf.grad().abs().max().item<double>(), 0);
}

TEST(DetectorLoss, IgnoredRegionsTeachNothing) {
  Task task;
  task.truth.ignored = {{0, 0, kWidth, kHeight}};
  const DetectorLoss loss = task.loss();
  loss.total.backward();
  EXPECT_EQ(loss.total.item<double>(), 0);
  EXPECT_EQ(task.score_leaf.grad().abs().max().item<double>(), 0);
}

TEST(DetectorLoss, MoreObjectsThanCellsAreFinite) {
  Task task = one_cell();
  task.truth.boxes.clear();
  for (int i = 0; i < 60; ++i) {
    const float x = 1.F + static_cast<float>(i);
    task.truth.boxes.push_back({{x, 12, x + 2, 13}, i % kClasses, 1});
  }
  const DetectorLoss loss = task.loss();
  loss.total.backward();
  EXPECT_TRUE(finite(loss.total));
  EXPECT_TRUE(finite(task.score_leaf.grad()));
  EXPECT_TRUE(finite(task.side_leaf.grad()));
  EXPECT_GT(task.side_leaf.grad().abs().max().item<double>(), 0);
}

}  // namespace
}  // namespace weir::train
