// SPDX-License-Identifier: Apache-2.0
#include "train/proposals/training.hpp"

#include <algorithm>
#include <cmath>

#include "train/common/loop/epoch_order.hpp"
#include "train/common/loop/trainer.hpp"

namespace weir::train {
namespace {

constexpr double kContained = 0.99;
constexpr std::int64_t kChanges = 11;  // features that hold changes, the first ones

/// The tracks of all sequences, changed anew in each round, and batches of pieces of them.
class TrackPool {
 public:
  TrackPool(const ProposalOptions& options, std::span<const BoxSequence* const> sequences)
      : options_(options), sequences_(sequences) {}

  TrackBatch batch(std::int64_t step) {
    const std::int64_t round = step / options_.round;
    if (round != round_) fill(round);
    round_ = round;
    Random random = step_random(options_.seed, step, "proposal pieces");
    std::vector<std::span<const TrackStep>> pieces;
    for (int i = 0; i < options_.tracks; ++i) {
      // By boxes, not by tracks: each box is as likely as another.
      const auto position = random.below(boxes_);
      const auto track = std::ranges::upper_bound(ends_, position) - ends_.begin();
      const TrackSteps& steps = tracks_[static_cast<std::size_t>(track)];
      const auto most = static_cast<std::size_t>(options_.longest);
      const std::size_t at = position - (ends_[static_cast<std::size_t>(track)] - steps.size());
      const std::size_t first = at < most / 2 ? 0 : at - most / 2;
      pieces.push_back(std::span(steps).subspan(first, std::min(most, steps.size() - first)));
    }
    return make_batch(pieces);
  }

 private:
  void fill(std::int64_t round) {
    Random random = step_random(options_.seed, round, "proposal changes");
    tracks_.clear();
    ends_.clear();
    boxes_ = 0;
    for (const BoxSequence* sequence : sequences_) {
      const bool mirrored = random.uniform() < 0.5;
      for (TrackSteps& steps : track_steps(changed_sequence(*sequence, mirrored, options_.drop, random))) {
        if (steps.size() < 3) continue;
        boxes_ += steps.size();
        ends_.push_back(boxes_);
        tracks_.push_back(std::move(steps));
      }
    }
  }

  const ProposalOptions& options_;
  std::span<const BoxSequence* const> sequences_;
  std::int64_t round_ = -1;
  std::vector<TrackSteps> tracks_;
  std::vector<std::size_t> ends_;  // running sums of the tracks' lengths
  std::size_t boxes_ = 0;
};

}  // namespace

Result<TrainedProposals> train_proposals(const ProposalOptions& options, std::span<const BoxSequence* const> sequences,
                                         std::ostream& messages) {
  seed_torch(options.seed, options.threads);
  ProposalNet net(options.shape);
  const NamedTensors tensors = net.tensors();
  torch::optim::AdamW optimizer = make_adamw(tensors, options.rate, options.weight_decay);
  Ema ema(tensors, options.average_decay);
  TrackPool pool(options, sequences);

  LoopOptions loop;
  loop.steps = options.steps;
  loop.warmup_steps = options.steps / 30;
  loop.rate = options.rate;
  loop.final_fraction = 0.01;
  loop.clip_norm = 1;
  LoopCallbacks callbacks;
  callbacks.loss = [&](std::int64_t step) -> Result<StepLoss> {
    net.train();
    TrackBatch batch = pool.batch(step);
    torch::Tensor changes = batch.features.narrow(-1, 0, kChanges);
    changes.add_(torch::randn(changes.sizes()) * options.noise);
    return StepLoss{proposal_loss(net.decode(net.forward(batch.features), batch), batch), {}, options.tracks};
  };
  Progress progress(messages, {.steps = options.steps, .terminal = stderr_is_terminal()});
  const Interrupt interrupt;
  Result<LoopEnd> end = run_loop(loop, callbacks, {tensors, &optimizer, &ema}, Checkpoint{}, progress, interrupt);
  progress.finish();
  if (!end) return fail(end.error());
  const EmaScope averaged(ema);
  TrainedProposals trained{net.weights(), std::move(*end)};
  for (const BoxSequence* sequence : sequences) trained.weights.trained_on.push_back(sequence->name);
  return trained;
}

void HeldOutErrors::add(const HeldOutErrors& other) {
  for (std::size_t a = 0; a < worst.size(); ++a) {
    worst[a].insert(worst[a].end(), other.worst[a].begin(), other.worst[a].end());
    squares[a] += other.squares[a];
    sides[a] += other.sides[a];
  }
}

HeldOutErrors held_out_errors(BoxPredictor& predictor, const BoxSequence& sequence) {
  HeldOutErrors errors;
  predict_honestly(sequence, predictor, Identity::truth, Cut::to_frame, [&errors](const PredictionSample& sample) {
    const auto a = static_cast<std::size_t>(sample.ahead) - 1;
    const Box &seen = sample.predicted.box, &truth = sample.truth;
    const std::array<float, 4> outward{seen.left - truth.left, seen.top - truth.top, truth.right - seen.right,
                                       truth.bottom - seen.bottom};
    float worst = 0;
    for (std::size_t side = 0; side < 4; ++side) {
      const float error = outward[side] / sample.predicted.margin[side];
      worst = std::max(worst, error);
      errors.squares[a] += double{error} * error;
    }
    errors.worst[a].push_back(worst);
    errors.sides[a] += 4;
  });
  return errors;
}

void set_factors(Eigen::VectorXf& sigma_factor, Eigen::VectorXf& margin_factor, HeldOutErrors errors) {
  for (std::size_t a = 0; a < errors.worst.size(); ++a) {
    std::vector<float>& worst = errors.worst[a];
    if (worst.empty()) continue;
    const auto rank = std::min(static_cast<std::size_t>(std::ceil(kContained * static_cast<double>(worst.size() + 1))),
                               worst.size()) -
                      1;
    std::nth_element(worst.begin(), worst.begin() + static_cast<std::ptrdiff_t>(rank), worst.end());
    margin_factor[static_cast<Eigen::Index>(a)] = worst[rank];
    sigma_factor[static_cast<Eigen::Index>(a)] =
        static_cast<float>(std::sqrt(errors.squares[a] / static_cast<double>(errors.sides[a])));
  }
}

}  // namespace weir::train
