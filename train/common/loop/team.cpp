// SPDX-License-Identifier: Apache-2.0
#include "train/common/loop/team.hpp"

#include <torch/utils.h>

#include <algorithm>
#include <barrier>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "train/common/loop/trainer.hpp"

namespace weir::train {
namespace {

/// Another net on the same weights, with gradients and running statistics of its own.
Result<OnnxNet> twin(const OnnxNet& net) {
  auto made = OnnxNet::create(net.to_onnx());
  if (!made) return made;
  made->to(training_device());
  const NamedTensors& to = made->parameters();
  for (std::size_t i = 0; i < to.size(); ++i) to[i].second.set_data(net.parameters()[i].second.detach());
  return made;
}

class ThreadTeam : public Team {
 public:
  ThreadTeam(OnnxNet& net, std::vector<OnnxNet> twins) : twins_(std::move(twins)), gate_(1 + std::ssize(twins_)) {
    nets_.push_back(&net);
    for (OnnxNet& other : twins_) nets_.push_back(&other);
    results_.resize(nets_.size(), torch::Tensor());
    for (std::size_t i = 1; i < nets_.size(); ++i) threads_.emplace_back([this, i] { follow(i); });
  }

  ~ThreadTeam() override {
    loss_ = nullptr;
    if (!threads_.empty()) gate_.arrive_and_wait();
  }

  int members() const override { return static_cast<int>(nets_.size()); }

  Result<torch::Tensor> step(const ShareLoss& loss) override {
    loss_ = &loss;
    if (!threads_.empty()) gate_.arrive_and_wait();
    work(0);
    if (!threads_.empty()) gate_.arrive_and_wait();
    torch::Tensor sum = torch::zeros({});
    for (const Result<torch::Tensor>& result : results_) {
      if (!result) return result;
      sum += *result;
    }
    average();
    return sum / members();
  }

 private:
  void follow(std::size_t member) {
    torch::set_num_threads(1);
    for (;;) {
      gate_.arrive_and_wait();
      if (loss_ == nullptr) return;
      work(member);
      gate_.arrive_and_wait();
    }
  }

  void work(std::size_t member) {
    try {
      results_[member] = learn(static_cast<int>(member), *nets_[member]);
    } catch (const std::exception& error) {
      results_[member] = fail(Code::internal, std::string("the tensor library stopped a step: ") + error.what());
    }
  }

  Result<torch::Tensor> learn(int member, OnnxNet& net) {
    net.train(true);
    Result<torch::Tensor> loss = (*loss_)(member, net);
    if (!loss) return loss;
    for (const auto& [name, parameter] : net.parameters()) parameter.mutable_grad().reset();
    loss->backward();
    return loss->detach().cpu();
  }

  /// The mean of all members' gradients, in the first one's parameters.
  void average() {
    const torch::NoGradGuard no_grad;
    const NamedTensors& first = nets_[0]->parameters();
    for (std::size_t p = 0; nets_.size() > 1 && p < first.size(); ++p) {
      torch::Tensor& sum = first[p].second.mutable_grad();
      if (!sum.defined()) continue;
      for (std::size_t i = 1; i < nets_.size(); ++i) sum.add_(nets_[i]->parameters()[p].second.grad());
      sum.div_(members());
    }
  }

  std::vector<OnnxNet> twins_;
  std::vector<OnnxNet*> nets_;
  std::vector<Result<torch::Tensor>> results_;
  const ShareLoss* loss_ = nullptr;
  std::barrier<> gate_;
  std::vector<std::jthread> threads_;  // last: they end before what they use
};

}  // namespace

Result<std::unique_ptr<Team>> Team::create(OnnxNet& net, int members) {
  std::vector<OnnxNet> twins;
  for (int i = 1; i < members; ++i) {
    auto made = twin(net);
    if (!made) return fail(made.error());
    twins.push_back(std::move(*made));
  }
  torch::set_num_threads(1);
  return std::make_unique<ThreadTeam>(net, std::move(twins));
}

int team_size(int wanted, int batch) {
  int members = wanted > 0 ? wanted : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  members = std::min(members, batch);
  while (batch % members != 0) --members;
  return members;
}

}  // namespace weir::train
