// SPDX-License-Identifier: Apache-2.0
#include "train/common/loop/trainer.hpp"

#include <ATen/autocast_mode.h>
#include <torch/cuda.h>
#include <torch/nn/utils/clip_grad.h>
#include <torch/utils.h>

#include <algorithm>
#include <memory>
#include <thread>

namespace weir::train {
namespace {

template <typename Options>
std::vector<torch::optim::OptimizerParamGroup> option_groups(const NamedTensors& parameters, Options options) {
  DecayGroups groups = decay_groups(parameters);
  std::vector<torch::optim::OptimizerParamGroup> result;
  result.emplace_back(std::move(groups.decayed), std::make_unique<Options>(options));
  options.weight_decay(0);
  result.emplace_back(std::move(groups.plain), std::make_unique<Options>(options));
  return result;
}

}  // namespace

DecayGroups decay_groups(const NamedTensors& parameters) {
  DecayGroups groups;
  for (const auto& [name, tensor] : parameters) {
    if (tensor.requires_grad()) (tensor.dim() >= 2 ? groups.decayed : groups.plain).push_back(tensor);
  }
  return groups;
}

torch::optim::AdamW make_adamw(const NamedTensors& parameters, double rate, double weight_decay) {
  const auto options = torch::optim::AdamWOptions(rate).weight_decay(weight_decay);
  return torch::optim::AdamW(option_groups(parameters, options), options);
}

torch::optim::SGD make_sgd(const NamedTensors& parameters, double rate, double momentum, double weight_decay) {
  const auto options = torch::optim::SGDOptions(rate).momentum(momentum).nesterov(true).weight_decay(weight_decay);
  return torch::optim::SGD(option_groups(parameters, options), options);
}

void set_rate(torch::optim::Optimizer& optimizer, double rate) {
  for (auto& group : optimizer.param_groups()) group.options().set_lr(rate);
}

double clip_gradients(const std::vector<torch::optim::OptimizerParamGroup>& groups, double max_norm) {
  if (max_norm <= 0) return 0;
  std::vector<torch::Tensor> parameters;
  for (const auto& group : groups) {
    parameters.insert(parameters.end(), group.params().begin(), group.params().end());
  }
  return torch::nn::utils::clip_grad_norm_(parameters, max_norm);
}

Bf16Scope::Bf16Scope(bool enabled) : before_(at::autocast::is_cpu_enabled()) {
  at::autocast::set_autocast_cpu_dtype(at::kBFloat16);
  at::autocast::set_cpu_enabled(enabled);
  at::autocast::increment_nesting();
}

Bf16Scope::~Bf16Scope() {
  // The weights' bfloat16 copies are of this step's weights only.
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  at::autocast::set_cpu_enabled(before_);
}

bool bf16_is_fast() { return __builtin_cpu_supports("avx512bf16") != 0; }

torch::Device training_device() { return torch::cuda::is_available() ? torch::kCUDA : torch::kCPU; }

void seed_torch(std::uint64_t seed, int threads) {
  // libtorch's own default is one thread on some machines.
  torch::set_num_threads(threads > 0 ? threads : std::max(static_cast<int>(std::thread::hardware_concurrency()), 1));
  torch::manual_seed(seed);
}

}  // namespace weir::train
