// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include <array>
#include <span>
#include <vector>

#include "kernels/base/random.hpp"
#include "kernels/predict/autoregressive.hpp"
#include "kernels/predict/features.hpp"

namespace weir::train {

/// One box of a track: what the network is told, and where the object went.
struct TrackStep {
  BoxFeatures features{};
  BoxShift velocity{};  ///< last change per frame in box sizes
  Box box, limit;       ///< the box, and the frame
  std::array<Box, kFarthestAhead> targets{};
  std::array<float, kFarthestAhead> known{};  ///< 1 where there is a target and the sample counts, else 0
};

using TrackSteps = std::vector<TrackStep>;

/// The tracks of a sequence, each from its first box on, as LstmPredictor sees them with true identities.
std::vector<TrackSteps> track_steps(const BoxSequence& sequence);

/// The sequence seen in a mirror, without a share of its tracks: `drop` of them, by chance.
BoxSequence changed_sequence(const BoxSequence& sequence, bool mirrored, double drop, Random& random);

/// Steps of several tracks side by side, the shorter ones filled up with steps of no weight. T steps, B tracks.
struct TrackBatch {
  torch::Tensor features;  ///< T x B x kBoxFeatures
  torch::Tensor velocity;  ///< T x B x 4
  torch::Tensor box;       ///< T x B x 4: left, top, right, bottom in pixels
  torch::Tensor limit;     ///< T x B x 4: the frame
  torch::Tensor targets;   ///< T x B x kFarthestAhead x 4
  torch::Tensor known;     ///< T x B x kFarthestAhead
};

TrackBatch make_batch(std::span<const std::span<const TrackStep>> tracks);

}  // namespace weir::train
