// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include <vector>

#include "train/common/loop/named_tensors.hpp"
#include "train/switchable/ladder.hpp"

namespace weir::train {

/// What each setup has of its own; the first extent of every tensor is the setup.
struct SetupTensors {
  torch::Tensor step;     ///< [U, K]: logarithm of a channel's rounding step / kStepPace
  torch::Tensor scale;    ///< [U, D]: the decoder's
  torch::Tensor bias;     ///< [U, D]
  torch::Tensor context;  ///< [U, K, kContext]: how a symbol is predicted from its left and upper neighbours

  /// Leaves of the same memory, for another thread's gradients.
  SetupTensors twin() const;
  NamedTensors named() const;
  torch::Tensor steps() const;  ///< [U, K], as they are used
};

/// Steps and predictions learn so many times faster than weights do.
inline constexpr double kStepPace = 4;
inline constexpr std::int64_t kContext = 6;

/// Steps of 1, scales of 1, biases of 0, and a prediction that knows little.
SetupTensors make_setups(std::int64_t setups, std::int64_t channels, std::int64_t decoder_width);

/// The bottleneck as the decoder gets it, and what it costs.
struct Coded {
  torch::Tensor received;  ///< [M, K, h, w]; its gradient passes the rounding straight through
  torch::Tensor bits;      ///< [M]: per position, as far as the neighbours of a symbol tell; to differentiate
  torch::Tensor counted;   ///< [M]: the same of whole symbols, without a gradient
};

/// Codes `values` [M, K, h, w], each example in the setup that `index` [M] names. `noise` is uniform in [-0.5, 0.5) and
/// stands for the rounding in `bits` (Balle et al., ICLR 2017, section 3), which overrates rare symbols; undefined:
/// `bits` are of whole symbols too.
Coded code(const torch::Tensor& values, const torch::Tensor& index, const std::vector<Rung>& rungs,
           const SetupTensors& setups, const torch::Tensor& noise);

/// The step that gives `values` [N, K, h, w] in their first channels about `rate` bits per position, by the entropy of
/// each channel's symbols.
double step_for_rate(const torch::Tensor& values, const Rung& rung);

}  // namespace weir::train
