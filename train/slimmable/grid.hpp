// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include <string_view>
#include <vector>

#include "train/switchable/ladder.hpp"

namespace weir::train {

/// Where the mean of a seam's values is set, in their deviations: b bits count from -2^(b-1) to 2^(b-1) - 1, so that
/// the middle of what they reach lies half a step below 0.
inline constexpr double kSeamMean = -0.4;

/// The setups of RTCoInfer (Zhang et al., JSAC 2023): 1 to 8, 16 and 32 channels, as far as there are so many, in 8, 4,
/// 2 and 1 bit; the richest first. A rung's rate is channels x bits.
std::vector<Rung> full_grid(int channels);

/// Reads "16x8,4x2,1x1", in any order. Code::invalid names the part that is wrong.
Result<std::vector<Rung>> parse_grid(std::string_view text, int channels);

/// The rounding step for values of deviation 1 in so many bits, 1 to 8: wide enough for their tails.
double unit_step(int bits);

/// What arrives of `values` [N, K, h, w] in a setup, `steps` [K] being its steps: channels that are not sent are 0. The
/// gradient passes the rounding straight through, and nothing where a value was cut off.
torch::Tensor receive(const torch::Tensor& values, const Rung& rung, const torch::Tensor& steps);

}  // namespace weir::train
