// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <ostream>
#include <span>
#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/predict/lstm_weights.hpp"
#include "kernels/predict/protocol.hpp"
#include "train/common/loop/training_loop.hpp"
#include "train/proposals/net.hpp"

namespace weir::train {

/// How the network that predicts boxes learns.
struct ProposalOptions {
  ProposalShape shape;
  std::uint64_t seed = 1;
  int threads = 0;
  std::int64_t steps = 2000;
  int tracks = 32;   ///< side by side in a step
  int longest = 40;  ///< boxes of a track in a step
  double rate = 3e-3;
  double weight_decay = 1e-2;
  double average_decay = 0.995;
  double drop = 0.15;       ///< of the tracks, anew in each round
  double noise = 0.02;      ///< on the changes, in their units
  std::int64_t round = 20;  ///< steps after which the data are changed anew
};

struct TrainedProposals {
  LstmWeights weights;  ///< with the averaged weights; both factors are 1
  LoopEnd end;
};

/// Trains on the sequences and names them in the weights.
Result<TrainedProposals> train_proposals(const ProposalOptions& options, std::span<const BoxSequence* const> sequences,
                                         std::ostream& messages);

/// What the held-out predictions of networks tell about the size of errors, by distance ahead: how many scales
/// truth sticks out at its worst side, and the squared errors of the sides in scales.
struct HeldOutErrors {
  std::array<std::vector<float>, kFarthestAhead> worst;
  std::array<double, kFarthestAhead> squares{};
  std::array<std::int64_t, kFarthestAhead> sides{};

  void add(const HeldOutErrors& other);
};

/// Has a predictor whose factors are all 1 predict a sequence that it has not been trained on.
HeldOutErrors held_out_errors(BoxPredictor& predictor, const BoxSequence& sequence);

/// Sets both factors (kFarthestAhead each) from errors of networks that did not see the boxes in question: the margin
/// so that 99 % of boxes are wholly inside (cross-conformal prediction, Vovk, AMAI 74, 2015).
void set_factors(Eigen::VectorXf& sigma_factor, Eigen::VectorXf& margin_factor, HeldOutErrors errors);

}  // namespace weir::train
