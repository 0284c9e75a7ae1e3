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
  bool linear = true;   ///< set the linear maps from statistics; false: they stay random
  bool cluster = true;  ///< false: all setups are in one cluster
  int batches = 4;      ///< of each member's share of a step
  int clusters = 3;
};

/// Prepares the first member (and so all) for training.
///
/// Encoder and decoder become the linear maps that keep most of what the outputs depend on: the seam's principal
/// components after weighting by how much errors in it move the outputs. They are the channels of the bottleneck, most
/// important first, so that a prefix is the best linear choice of as many. Steps are set for each setup's rate.
/// Setups are clustered by how their gradients of the decoder's first weights point along those of the richest setup
/// (Zhang et al., RTCoInfer, JSAC 2023).
Result<SwitchableStart> initialise(SwitchCrew& crew, const InitialiseOptions& options);

}  // namespace weir::train
