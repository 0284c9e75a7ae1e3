// SPDX-License-Identifier: Apache-2.0
#include "train/common/loop/team.hpp"

#include <gmock/gmock.h>

#include <array>

#include "elastic/graph_builder.hpp"

namespace weir::train {
namespace {

using testing::HasSubstr;

OnnxNet tiny_net() {
  GraphBuilder graph("tiny", 1);
  const std::string x = graph.relu("relu", graph.conv("conv", graph.input("image", {-1, 3, -1, -1}), 4));
  const std::string scores = graph.linear("scores", graph.global_average("mean", x), 2);
  return std::move(*OnnxNet::create(graph.finish(std::array{scores})));
}

Result<torch::Tensor> loss_of(OnnxNet& net, const torch::Tensor& images) {
  const auto scores = net.forward({images});
  if (!scores) return fail(scores.error());
  return (*scores)[0].square().mean();
}

TEST(Team, AveragesWhatOneMemberFindsForTheWholeBatch) {
  torch::manual_seed(1);
  const torch::Tensor images = torch::rand({6, 3, 8, 8});
  std::vector<torch::Tensor> losses;
  std::vector<std::vector<torch::Tensor>> gradients;
  for (const int members : {1, 3}) {
    OnnxNet net = tiny_net();
    auto team = Team::create(net, members);
    ASSERT_TRUE(team) << team.error().text;
    ASSERT_EQ((*team)->members(), members);
    const int share = 6 / members;
    const auto loss = [&](int member, OnnxNet& own) {
      return loss_of(own, images.slice(0, member * share, (member + 1) * share));
    };
    for (int step = 0; step < 2; ++step) {  // gradients are of one step, not a sum of steps
      const auto total = (*team)->step(loss);
      ASSERT_TRUE(total) << total.error().text;
      if (step == 1) losses.push_back(*total);
    }
    gradients.emplace_back();
    for (const auto& [name, parameter] : net.parameters()) gradients.back().push_back(parameter.grad());
  }
  EXPECT_FALSE(losses[0].requires_grad());
  EXPECT_TRUE(torch::allclose(losses[0], losses[1], 1e-5));
  ASSERT_EQ(gradients[0].size(), 3U);
  for (std::size_t p = 0; p < 3; ++p) EXPECT_TRUE(torch::allclose(gradients[0][p], gradients[1][p], 1e-4, 1e-6));
}

TEST(Team, SharesTheWeightsThatTheOptimiserChanges) {
  OnnxNet net = tiny_net();
  auto team = Team::create(net, 2);
  ASSERT_TRUE(team);
  const torch::Tensor images = torch::ones({1, 3, 8, 8});
  const auto loss = [&](int, OnnxNet& own) { return loss_of(own, images); };
  ASSERT_GT((*team)->step(loss)->item<double>(), 0);
  const torch::NoGradGuard no_grad;
  for (const auto& [name, parameter] : net.parameters()) torch::Tensor(parameter).zero_();
  const torch::AutoGradMode with_grad(true);
  EXPECT_EQ((*team)->step(loss)->item<double>(), 0);
}

TEST(Team, TellsTheErrorOfAnyMember) {
  OnnxNet net = tiny_net();
  auto team = Team::create(net, 2);
  ASSERT_TRUE(team);
  const auto failed = (*team)->step([](int member, OnnxNet& own) -> Result<torch::Tensor> {
    if (member == 1) throw std::runtime_error("out of luck");
    return loss_of(own, torch::ones({1, 3, 8, 8}));
  });
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().text, HasSubstr("out of luck"));
}

TEST(Team, IsNoLargerThanABatchCanBeSharedBy) {
  EXPECT_EQ(team_size(1, 128), 1);
  EXPECT_EQ(team_size(3, 128), 2);
  EXPECT_EQ(team_size(8, 6), 6);
  EXPECT_GE(team_size(0, 128), 1);
}

}  // namespace
}  // namespace weir::train
