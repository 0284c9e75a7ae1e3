// SPDX-License-Identifier: Apache-2.0
#include "train/proposals/elf_net.hpp"

#include <gtest/gtest.h>

namespace weir::train {
namespace {

template <typename Net>
void expect_the_kernel_agrees() {
  torch::manual_seed(5);
  Net net;
  const auto weights = net.weights();
  const torch::NoGradGuard no_grad;
  const torch::Tensor boxes = torch::rand({2, 7, 4});
  const torch::Tensor wanted = net.forward(boxes);
  for (std::int64_t i = 0; i < boxes.size(1); ++i) {
    const auto box = [&](std::int64_t step) {
      ElfBox b;
      for (std::int64_t side = 0; side < 4; ++side) b[side] = boxes[step][i][side].template item<float>();
      return b;
    };
    const ElfBox seen = elf_next(weights, box(0), box(1));
    for (std::int64_t side = 0; side < 4; ++side) EXPECT_NEAR(seen[side], wanted[i][side].template item<float>(), 1e-5);
  }
}

std::int64_t parameters(const ElfNet& net) {
  std::int64_t count = 0;
  for (const auto& [name, tensor] : net.tensors()) count += tensor.numel();
  return count;
}

TEST(ElfNets, TheKernelSaysTheSame) {
  expect_the_kernel_agrees<ElfLstmNet>();
  expect_the_kernel_agrees<ElfAttentionNet>();
}

TEST(ElfNets, HaveAsManyNumbersAsTheAuthors) {
  EXPECT_EQ(parameters(ElfLstmNet()), 3652);
  EXPECT_EQ(parameters(ElfAttentionNet()), 1225);
}

TEST(ElfNets, TheLossIsTheSumOfBothParts) {
  const torch::Tensor truth = torch::tensor({0.F, 0.F, 0.2F, 0.2F}).reshape({1, 4});
  EXPECT_NEAR(elf_loss(truth, truth).item<float>(), 0, 1e-6);
  const torch::Tensor half = torch::tensor({0.F, 0.F, 0.1F, 0.2F}).reshape({1, 4});
  EXPECT_NEAR(elf_loss(half, truth).item<float>(), 0.5 + 0.01, 1e-5);
}

}  // namespace
}  // namespace weir::train
