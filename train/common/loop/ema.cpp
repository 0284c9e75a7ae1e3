// SPDX-License-Identifier: Apache-2.0
#include "train/common/loop/ema.hpp"

#include <algorithm>

namespace weir::train {

double ema_decay(double decay, std::int64_t updates) {
  const auto n = static_cast<double>(updates);
  return std::min(decay, (1 + n) / (10 + n));
}

Ema::Ema(NamedTensors live, double decay) : live_(std::move(live)), decay_(decay) {
  for (const auto& [name, tensor] : live_) averages_.emplace_back(name, tensor.detach().clone());
}

void Ema::update() {
  const torch::NoGradGuard no_grad;
  const double kept = ema_decay(decay_, updates_++);
  for (std::size_t i = 0; i < live_.size(); ++i) {
    torch::Tensor& average = averages_[i].second;
    const torch::Tensor live = live_[i].second.detach();
    if (average.is_floating_point()) {
      average.lerp_(live, 1 - kept);
    } else {
      average.copy_(live);
    }
  }
}

void Ema::swap() {
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < live_.size(); ++i) {
    const torch::Tensor held = live_[i].second.detach().clone();
    live_[i].second.copy_(averages_[i].second);
    averages_[i].second.copy_(held);
  }
}

}  // namespace weir::train
