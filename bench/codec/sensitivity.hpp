// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "bench/codec/feature_sets.hpp"

namespace weir::bench {

/// How far two outputs of the network lie apart: squared differences of the scores for persons and vehicles, and of
/// the boxes weighted by score.
double output_distance(const TensorView& a, const TensorView& b);

/// How much the output worsens per unit of noise power in each channel, mean over the tensors of a set: each channel in
/// turn gets normal noise of a quarter of its deviation, from a fixed seed.
Result<std::vector<float>> channel_sensitivity(SeamNetwork& network, const FeatureSet& set);

}  // namespace weir::bench
