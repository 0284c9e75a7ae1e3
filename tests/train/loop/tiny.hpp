// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/nn.h>

#include <memory>
#include <sstream>
#include <string>

#include "train/common/loop/epoch_order.hpp"
#include "train/common/loop/trainer.hpp"
#include "train/common/loop/training_loop.hpp"

namespace weir::train {

/// A net of two layers, a norm and a dropout, with its optimiser, average and a task it can learn.
struct Tiny {
  explicit Tiny(bool sgd = false) {
    seed_torch(5, 1);
    net->push_back(torch::nn::Linear(6, 16));
    net->push_back(torch::nn::BatchNorm1d(16));
    net->push_back(torch::nn::ReLU());
    net->push_back(torch::nn::Dropout(0.1));
    net->push_back(torch::nn::Linear(16, 1));
    for (const auto& item : net->named_parameters()) parameters.emplace_back(item.key(), item.value());
    parts.tensors = parameters;
    for (const auto& item : net->named_buffers()) parts.tensors.emplace_back(item.key(), item.value());
    if (sgd) {
      optimizer = std::make_unique<torch::optim::SGD>(make_sgd(parameters, 0.05, 0.9, 1e-3));
    } else {
      optimizer = std::make_unique<torch::optim::AdamW>(make_adamw(parameters, 0.05, 1e-2));
    }
    ema = std::make_unique<Ema>(parts.tensors, 0.99);
    parts.optimizer = optimizer.get();
    parts.ema = ema.get();
    options.steps = 40;
    options.warmup_steps = 5;
    options.rate = 0.05;
    options.clip_norm = 1;
  }

  Result<StepLoss> loss(std::int64_t step) {
    Random random = step_random(5, step, "examples");
    torch::Tensor x = torch::empty({32, 6});
    float* values = x.data_ptr<float>();
    for (int i = 0; i < 32 * 6; ++i) values[i] = static_cast<float>(random.normal());
    const torch::Tensor wanted = x.select(1, 0) - 2 * x.select(1, 3);
    return StepLoss{torch::mse_loss(net->forward(x).squeeze(1), wanted), {}, 32};
  }

  /// Trains from `start` on, without a line of output.
  Result<LoopEnd> train(const Checkpoint& start = {}, LoopCallbacks callbacks = {}) {
    if (!callbacks.loss) callbacks.loss = [this](std::int64_t step) { return loss(step); };
    std::ostringstream out;
    Progress progress(out, {.steps = options.steps, .first_step = start.step});
    const Interrupt interrupt;
    return run_loop(options, callbacks, parts, start, progress, interrupt);
  }

  /// All that the net and its average hold, as one text of bits.
  std::string bits() const {
    std::string text;
    for (const auto* tensors : {&parts.tensors, &ema->averages()}) {
      for (const auto& [name, tensor] : *tensors) {
        text.append(static_cast<const char*>(tensor.data_ptr()), tensor.nbytes());
      }
    }
    return text;
  }

  torch::nn::Sequential net;
  NamedTensors parameters;
  std::unique_ptr<torch::optim::Optimizer> optimizer;
  std::unique_ptr<Ema> ema;
  TrainingParts parts;
  LoopOptions options;
};

}  // namespace weir::train
