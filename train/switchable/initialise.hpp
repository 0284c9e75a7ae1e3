// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "train/switchable/crew.hpp"

namespace weir::train {

/// What training begins with, by setup.
struct SwitchableStart {
  std::vector<double> distances;  ///< of the outputs, which each setup's later ones are compared with
  std::vector<double> bits;       ///< per position
  std::vector<int> clusters;      ///< setups of one number learn alike
};

struct InitialiseOptions {
  bool linear = true;    ///< set the linear maps from statistics; false: they stay random
  bool cluster = true;   ///< false: all setups are in one cluster
  int batches = 4;       ///< of each member's share of a step
  int clusters = 3;
};

/// Prepares the first member (and so all) for training.
///
/// Encoder and decoder become linear maps: each channel of the bottleneck is one of the seam, ordered by how much small
/// errors in it move the outputs, so that a prefix holds what matters most. Steps are set for each setup's rate.
/// Setups are clustered by how their gradients of the decoder's first weights point along those of the richest setup
/// (Zhang et al., RTCoInfer, JSAC 2023).
Result<SwitchableStart> initialise(SwitchCrew& crew, const InitialiseOptions& options);

}  // namespace weir::train
