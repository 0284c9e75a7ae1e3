// SPDX-License-Identifier: Apache-2.0
#include "train/classify/classifier.hpp"

#include <algorithm>
#include <numeric>

#include "train/classify/batches.hpp"
#include "train/classify/whitening.hpp"
#include "train/common/loop/epoch_order.hpp"
#include "train/common/loop/team.hpp"
#include "train/common/loop/trainer.hpp"

namespace weir::train {
namespace {

constexpr std::size_t kScoreBatch = 500;
constexpr std::int64_t kNoLabel = -100;
constexpr double kMomentum = 0.9;

OnnxModel build(const ClassifyOptions& options) {
  switch (options.kind) {
    case ClassifierKind::mobilenet:
      return build_mobilenet(options.mobile_shape, options.program.seed);
    case ClassifierKind::mobilevit:
      return build_mobilevit(options.vit_shape, options.program.seed);
    default:
      return build_classifier(options.shape, options.program.seed);
  }
}

/// The filters for a stem: in pairs of opposite signs where a ReLU follows, else each direction once, so that any
/// number of the first ones tells most.
torch::Tensor first_filters(const ClassifyOptions& options, const ImageSet& images, int filters) {
  if (options.kind == ClassifierKind::residual) return whitening_filters(images, filters);
  return whitening_filters(images, 2 * filters).slice(0, 0, 2 * filters, 2);
}

/// The first layer starts with the images' own directions.
void whiten_stem(const OnnxNet& net, const ClassifyOptions& options, const ImageSet& images) {
  const torch::NoGradGuard no_grad;
  for (const auto& [name, parameter] : net.parameters()) {
    if (name != kStemWeight) continue;
    torch::Tensor(parameter).copy_(first_filters(options, images, static_cast<int>(parameter.size(0))));
  }
}

}  // namespace

const char* to_string(ClassifierKind kind) {
  return kind == ClassifierKind::mobilenet ? "mobilenet" : kind == ClassifierKind::mobilevit ? "mobilevit" : "classify";
}

Result<ClassifyScore> score_classifier(OnnxNet& net, const ImageSet& set, double scale) {
  const torch::NoGradGuard no_grad;
  net.train(false);
  const torch::Device device = net.parameters().empty() ? torch::kCPU : net.parameters()[0].second.device();
  std::vector<double> right(set.classes.size(), 0), seen(set.classes.size(), 0);
  for (std::size_t first = 0; first < set.size(); first += kScoreBatch) {
    const ClassifyBatch batch = plain_batch(set, first, std::min(kScoreBatch, set.size() - first));
    const auto scores = net.forward({(batch.images * scale).to(device)});
    if (!scores) return fail(scores.error());
    const torch::Tensor best = (*scores)[0].argmax(1).cpu();
    const auto* guessed = best.data_ptr<std::int64_t>();
    for (std::int64_t i = 0; i < best.numel(); ++i) {
      const auto label = static_cast<std::size_t>(set.labels[first + static_cast<std::size_t>(i)]);
      seen[label] += 1;
      right[label] += guessed[i] == static_cast<std::int64_t>(label) ? 1 : 0;
    }
  }
  ClassifyScore score;
  double all = 0;
  for (std::size_t c = 0; c < right.size(); ++c) {
    all += right[c];
    score.class_top1.push_back(seen[c] > 0 ? right[c] / seen[c] : 0);
  }
  score.top1 = set.size() > 0 ? all / static_cast<double>(set.size()) : 0;
  return score;
}

Result<TrainedNet> train_classifier(const ClassifyOptions& options, const ImageSet& train, const ImageSet& test,
                                    std::ostream& messages) {
  seed_torch(options.program.seed, options.program.threads);
  Result<OnnxNet> net = make_net(build(options));
  if (!net) return fail(net.error());
  torch::optim::SGD optimizer = make_sgd(net->parameters(), options.rate, kMomentum, options.weight_decay);
  whiten_stem(*net, options, train);
  auto team = Team::create(*net, team_size(options.program.threads, options.batch));
  if (!team) return fail(team.error());
  EpochOrder order(train.size(), options.program.seed);
  const int share = options.batch / (*team)->members();

  const auto loss = [&](std::int64_t step) -> Result<StepLoss> {
    const std::int64_t first = step * options.batch;
    std::vector<std::size_t> indices;
    for (int i = 0; i < options.batch; ++i) indices.push_back(order.at(first + i));
    const std::int64_t pass = first / static_cast<std::int64_t>(train.size());
    const auto share_loss = [&](int member, OnnxNet& own) -> Result<torch::Tensor> {
      const auto mine = std::span(indices).subspan(static_cast<std::size_t>(member * share), share);
      const auto random = step_random(options.program.seed, first + member, "classify augmentation");
      const ClassifyBatch batch = augmented_batch(train, mine, pass, random);
      const Bf16Scope low(!options.program.full && bf16_is_fast());
      const auto scores = own.forward({batch.images.to(training_device())});
      if (!scores) return fail(scores.error());
      return torch::cross_entropy_loss((*scores)[0].to(torch::kFloat), batch.labels.to(training_device()), {},
                                       at::Reduction::Mean, kNoLabel, options.label_smoothing);
    };
    const Result<torch::Tensor> total = (*team)->step(share_loss);
    if (!total) return fail(total.error());
    return StepLoss{*total, {}, options.batch};
  };
  const auto score = [&]() -> Result<double> {
    const Result<ClassifyScore> scored = score_classifier(*net, test, 1);
    if (!scored) return fail(scored.error());
    return scored->top1;
  };

  const std::int64_t per_epoch = std::max<std::int64_t>(static_cast<std::int64_t>(train.size()) / options.batch, 1);
  LoopOptions loop;
  for (const int epochs : options.epochs) loop.cycles.push_back(epochs * per_epoch);
  loop.steps = std::accumulate(loop.cycles.begin(), loop.cycles.end(), std::int64_t{0});
  loop.warmup_steps = loop.cycles.front() / 6;
  loop.rate = options.rate;
  loop.final_fraction = 0.005;
  loop.checkpoint = options.program.out / "classify.ckpt";
  loop.checkpoint_every = per_epoch;
  loop.evaluate_every = options.evaluate_epochs * per_epoch;
  loop.values = {{"net", to_string(options.kind)},
                 {"batch", std::to_string(options.batch)},
                 {"threads", std::to_string((*team)->members())},
                 {"rate", std::to_string(options.rate)}};
  return train_net({*net, optimizer, options.average_decay, loss, "top-1", score}, options.program, loop, messages);
}

}  // namespace weir::train
