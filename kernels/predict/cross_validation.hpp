// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kernels/base/status.hpp"
#include "kernels/predict/learned.hpp"
#include "kernels/predict/lstm_weights.hpp"
#include "kernels/predict/protocol.hpp"

namespace weir {

/// A kind of predictor that takes part in a cross-validation.
struct Candidate {
  std::string name;
  /// A fresh predictor for sequence number `sequence` that has learned from none of its fold.
  std::function<std::unique_ptr<BoxPredictor>(std::size_t sequence)> make;
};

/// Sequence i belongs to fold i % `folds`: every so-manieth sequence is held out in turn.
inline std::size_t fold_of(std::size_t sequence, std::size_t folds) { return sequence % folds; }

/// The predictors that need no training program: "copy", "velocity", "mean_velocity_3" and "autoregressive_5", the
/// last fitted for each fold to the sequences of all others. `folds` is at least 2 and at most the number of sequences.
std::vector<Candidate> simple_candidates(std::span<const BoxSequence> sequences, std::size_t folds);

/// "lstm", with weights for each fold. Code::invalid where weights have learned from a sequence of their own fold.
Result<Candidate> lstm_candidate(std::span<const BoxSequence> sequences, std::span<const LstmWeights> folds);

/// Any kind of network, one for each fold, all of one kind; named by it. Code::invalid as above, or without folds.
Result<Candidate> learned_candidate(std::span<const BoxSequence> sequences, std::span<const LearnedPredictor> folds);

/// The sums over all sequences, each predicted by its own fold's predictor.
HonestScore cross_validate(std::span<const BoxSequence> sequences, const Candidate& candidate, Identity identity,
                           Cut cut = Cut::to_frame);
LeakyScore cross_validate_leaky(std::span<const BoxSequence> sequences, const Candidate& candidate);

}  // namespace weir
