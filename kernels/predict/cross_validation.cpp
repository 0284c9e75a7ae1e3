// SPDX-License-Identifier: Apache-2.0
#include "kernels/predict/cross_validation.hpp"

#include <algorithm>

#include "kernels/predict/autoregressive.hpp"
#include "kernels/predict/lstm.hpp"
#include "kernels/predict/motion.hpp"

namespace weir {
namespace {

constexpr std::size_t kMeanSteps = 3;

Candidate motion_candidate(std::string name, std::size_t steps) {
  return {std::move(name), [steps](std::size_t) { return std::make_unique<MotionPredictor>(steps); }};
}

}  // namespace

std::vector<Candidate> simple_candidates(std::span<const BoxSequence> sequences, std::size_t folds) {
  std::vector<AutoregressiveWeights> fitted;
  for (std::size_t fold = 0; fold < folds; ++fold) {
    std::vector<const BoxSequence*> others;
    for (std::size_t i = 0; i < sequences.size(); ++i) {
      if (fold_of(i, folds) != fold) others.push_back(&sequences[i]);
    }
    fitted.push_back(fit_autoregressive(others));
  }
  std::vector<Candidate> candidates{motion_candidate("copy", 0), motion_candidate("velocity", 1),
                                    motion_candidate("mean_velocity_3", kMeanSteps)};
  candidates.push_back({"autoregressive_5", [fitted = std::move(fitted)](std::size_t sequence) {
                          return std::make_unique<AutoregressivePredictor>(fitted[fold_of(sequence, fitted.size())]);
                        }});
  return candidates;
}

Result<Candidate> learned_candidate(std::span<const BoxSequence> sequences, std::span<const LearnedPredictor> folds) {
  if (folds.empty()) return fail(Code::invalid, "there are no weights; give those of each fold");
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    const std::size_t fold = fold_of(i, folds.size());
    if (std::ranges::find(folds[fold].trained_on, sequences[i].name) == folds[fold].trained_on.end()) continue;
    return fail(Code::invalid, "the weights of fold " + std::to_string(fold) + " have learned from sequence " +
                                   sequences[i].name +
                                   ", which they are to predict; train-proposals writes weights for each fold, in the "
                                   "order of the sequences");
  }
  std::vector<LearnedPredictor> predictors(folds.begin(), folds.end());
  return Candidate{folds[0].kind, [predictors = std::move(predictors)](std::size_t sequence) {
                     return predictors[fold_of(sequence, predictors.size())].make();
                   }};
}

Result<Candidate> lstm_candidate(std::span<const BoxSequence> sequences, std::span<const LstmWeights> folds) {
  std::vector<LearnedPredictor> predictors;
  for (const LstmWeights& weights : folds) {
    predictors.push_back({"lstm", weights.trained_on, [weights] { return std::make_unique<LstmPredictor>(weights); }});
  }
  return learned_candidate(sequences, predictors);
}

HonestScore cross_validate(std::span<const BoxSequence> sequences, const Candidate& candidate, Identity identity,
                           Cut cut) {
  HonestScore sum{};
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    const HonestScore score = score_honestly(sequences[i], *candidate.make(i), identity, cut);
    for (std::size_t a = 0; a < sum.size(); ++a) sum[a].add(score[a]);
  }
  return sum;
}

LeakyScore cross_validate_leaky(std::span<const BoxSequence> sequences, const Candidate& candidate) {
  LeakyScore sum;
  for (std::size_t i = 0; i < sequences.size(); ++i) sum.add(score_leaky(sequences[i], *candidate.make(i)));
  return sum;
}

}  // namespace weir
