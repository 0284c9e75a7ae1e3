// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/optim.h>

#include <vector>

#include "train/common/loop/named_tensors.hpp"

namespace weir::train {

/// A net's parameters by whether weight decay applies to them.
struct DecayGroups {
  std::vector<torch::Tensor> decayed;  ///< weights: two dimensions and more
  std::vector<torch::Tensor> plain;    ///< biases, and scales of norms
};

/// Splits the parameters that require a gradient.
DecayGroups decay_groups(const NamedTensors& parameters);

/// AdamW with decay on `decayed` only; betas 0.9 and 0.999.
torch::optim::AdamW make_adamw(const NamedTensors& parameters, double rate, double weight_decay);

/// SGD with Nesterov momentum and decay on `decayed` only.
torch::optim::SGD make_sgd(const NamedTensors& parameters, double rate, double momentum, double weight_decay);

/// Sets the learning rate of every group.
void set_rate(torch::optim::Optimizer& optimizer, double rate);

/// Scales all gradients so that their common norm is at most `max_norm`; gives the norm before. 0 leaves them alone.
double clip_gradients(const std::vector<torch::optim::OptimizerParamGroup>& groups, double max_norm);

/// While one lives, convolutions and products on the CPU run in bfloat16 (when `enabled`) and losses in f32. Build the
/// loss inside; call backward() outside. Bound to the thread that made it.
class Bf16Scope {
 public:
  explicit Bf16Scope(bool enabled = true);
  ~Bf16Scope();
  Bf16Scope(const Bf16Scope&) = delete;
  Bf16Scope& operator=(const Bf16Scope&) = delete;

 private:
  bool before_;
};

/// True where bfloat16 convolutions are faster than f32: the processor has AVX-512 BF16.
bool bf16_is_fast();

/// The first GPU where libtorch has one, else the CPU.
torch::Device training_device();

/// Seeds torch and sets its number of threads (0: one per core). One thread makes runs of one seed identical.
void seed_torch(std::uint64_t seed, int threads);

}  // namespace weir::train
