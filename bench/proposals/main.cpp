// SPDX-License-Identifier: Apache-2.0
// How well the LSTM predictor tells where objects will be, beside the simple predictors and other networks, by
// cross-validation over sequences; and all of them by the leaky protocol of Elf's authors, named so.
#include <algorithm>
#include <iterator>

#include "bench/boxes/box_data.hpp"
#include "bench/common/bench_main.hpp"
#include "bench/proposals/camera_drive.hpp"

namespace weir::bench {
namespace {

constexpr std::size_t kDriveFold = 2;  // of sequence 0002

Figure one(double value) { return summarise({value}); }

double loss(const PredictionSums& sums) {
  return sums.loss / static_cast<double>(std::max<std::int64_t>(sums.boxes, 1));
}

double contained(const PredictionSums& sums) {
  return 100 * sums.contained / static_cast<double>(std::max<std::int64_t>(sums.boxes, 1));
}

struct Scored {
  std::string name;
  HonestScore truth, own;
};

/// The loss of each simple predictor `ahead` frames ahead, with true identities.
Also baselines(const std::vector<Scored>& simple, std::size_t ahead) {
  Also also;
  for (const Scored& scored : simple) also.emplace_back(scored.name, loss(scored.truth[ahead - 1]));
  also.emplace_back("boxes", static_cast<double>(simple[0].truth[ahead - 1].boxes));
  return also;
}

/// The other kinds of network, beside the default one: what is in models/proposals of them.
Result<std::vector<Candidate>> other_networks(const std::vector<BoxSequence>& sequences) {
  std::vector<Candidate> candidates;
  for (const std::string_view kind : {"attention", "elf_lstm", "elf_attention"}) {
    std::vector<LearnedPredictor> folds;
    for (std::size_t fold = 0; fold < kFolds; ++fold) {
      const auto bytes = read_proposal_weights("fold_" + std::to_string(fold) + "." + std::string(kind));
      if (!bytes) break;
      auto predictor = load_predictor(kind, *bytes);
      if (!predictor) return fail(predictor.error());
      folds.push_back(std::move(*predictor));
    }
    if (folds.size() < kFolds) continue;
    auto candidate = learned_candidate(sequences, folds);
    if (!candidate) return fail(candidate.error());
    candidates.push_back(std::move(*candidate));
  }
  return candidates;
}

/// The authors' leaky protocol, for comparison: mean loss per window.
double leaky_loss(const std::vector<BoxSequence>& with_ignored, const Candidate& candidate) {
  const LeakyScore score = cross_validate_leaky(with_ignored, candidate);
  return score.loss / static_cast<double>(std::max<std::int64_t>(score.windows, 1));
}

/// Figures of a drive with pictures, whose sequence the weights of its fold have not seen.
Status print_camera_motion(Reporter& reporter, const LstmWeights& weights) {
  constexpr int kFrames = 67, kFewFrames = 12;
  const auto score = score_camera_drive(weights, reporter.brief() ? kFewFrames : kFrames);
  if (!score && score.error().code == Code::unavailable) {
    reporter.skip("camera_motion", score.error().text);
    return {};
  }
  if (!score) return score.error();
  Also also{{"without", loss(score->without[0])}};
  for (const std::size_t a : {3U, 5U}) {
    also.emplace_back("ahead" + std::to_string(a), loss(score->with[a - 1]));
    also.emplace_back("ahead" + std::to_string(a) + "_without", loss(score->without[a - 1]));
  }
  also.emplace_back("boxes", static_cast<double>(score->with[0].boxes));
  also.emplace_back("frames_measured", score->known);
  reporter.print("camera_motion", one(loss(score->with[0])), also);
  return {};
}

Status run(Reporter& reporter) {
  auto sequences = read_box_sequences();
  if (!sequences) return sequences.error();
  if (reporter.brief()) shorten(*sequences);
  const auto folds = read_fold_weights();
  if (!folds) return folds.error();
  const auto lstm = lstm_candidate(*sequences, *folds);
  if (!lstm) return lstm.error();
  auto with_ignored = read_box_sequences(true);
  if (!with_ignored) return with_ignored.error();
  if (reporter.brief()) shorten(*with_ignored);
  std::vector<Candidate> others = simple_candidates(*sequences, kFolds);
  auto networks = other_networks(*sequences);
  if (!networks) return networks.error();
  std::ranges::move(*networks, std::back_inserter(others));
  std::vector<Scored> simple;
  for (const Candidate& candidate : others) {
    simple.push_back({candidate.name, cross_validate(*sequences, candidate, Identity::truth),
                      cross_validate(*sequences, candidate, Identity::own)});
  }
  const HonestScore truth = cross_validate(*sequences, *lstm, Identity::truth);
  const HonestScore own = cross_validate(*sequences, *lstm, Identity::own);

  Also first = baselines(simple, 1);
  first.emplace_back("leaky_lstm", leaky_loss(*with_ignored, *lstm));
  for (const Candidate& candidate : others) {
    first.emplace_back("leaky_" + candidate.name, leaky_loss(*with_ignored, candidate));
  }
  reporter.print("true_ids", one(loss(truth[0])), first);
  Also gaps{{"loss", loss(own[0])}};
  for (const Scored& scored : simple) gaps.emplace_back(scored.name, loss(scored.own[0]) - loss(scored.truth[0]));
  reporter.print("own_association", one(loss(own[0]) - loss(truth[0])), gaps);
  reporter.print("ahead3", one(loss(truth[2])), baselines(simple, 3));
  reporter.print("ahead5", one(loss(truth[4])), baselines(simple, 5));
  Also areas;
  for (const std::size_t a : {1U, 3U, 5U}) {
    if (a > 1) areas.emplace_back("ahead" + std::to_string(a), contained(truth[a - 1]));
    areas.emplace_back("area" + std::to_string(a), truth[a - 1].area / static_cast<double>(truth[a - 1].boxes));
  }
  areas.emplace_back("copy", contained(simple[0].truth[0]));
  reporter.print("contained_percent", one(contained(truth[0])), areas);
  reporter.print("contained_most_percent", one(contained(truth[0])));
  return print_camera_motion(reporter, (*folds)[kDriveFold]);
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) { return weir::bench::bench_main(argc, argv, "proposals", weir::bench::run); }
