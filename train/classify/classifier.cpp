// SPDX-License-Identifier: Apache-2.0
#include "train/classify/classifier.hpp"

#include <algorithm>

#include "train/classify/batches.hpp"
#include "train/common/loop/epoch_order.hpp"
#include "train/common/loop/trainer.hpp"

namespace weir::train {
namespace {

constexpr std::size_t kScoreBatch = 500;
constexpr double kMomentum = 0.9;

}  // namespace

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
  Result<OnnxNet> net = make_net(build_classifier(options.shape, options.program.seed));
  if (!net) return fail(net.error());
  torch::optim::SGD optimizer = make_sgd(net->parameters(), options.rate, kMomentum, options.weight_decay);
  EpochOrder order(train.size(), options.program.seed);

  const auto loss = [&](std::int64_t step) -> Result<StepLoss> {
    std::vector<std::size_t> indices(static_cast<std::size_t>(options.batch));
    for (std::size_t i = 0; i < indices.size(); ++i) {
      indices[i] = order.at(step * options.batch + static_cast<std::int64_t>(i));
    }
    const ClassifyBatch batch =
        augmented_batch(train, indices, step_random(options.program.seed, step, "classify augmentation"));
    const Bf16Scope low(!options.program.full && bf16_is_fast());
    const auto scores = net->forward({batch.images.to(training_device())});
    if (!scores) return fail(scores.error());
    namespace F = torch::nn::functional;
    const auto form = F::CrossEntropyFuncOptions().label_smoothing(options.label_smoothing);
    return StepLoss{
        F::cross_entropy((*scores)[0].to(torch::kFloat), batch.labels.to(training_device()), form), {}, options.batch};
  };
  const auto score = [&]() -> Result<double> {
    const Result<ClassifyScore> scored = score_classifier(*net, test, 1);
    if (!scored) return fail(scored.error());
    return scored->top1;
  };

  const std::int64_t per_epoch = std::max<std::int64_t>(static_cast<std::int64_t>(train.size()) / options.batch, 1);
  LoopOptions loop;
  loop.steps = options.epochs * per_epoch;
  loop.warmup_steps = loop.steps / 6;
  loop.rate = options.rate;
  loop.final_fraction = 0.005;
  loop.checkpoint = options.program.out / "classify.ckpt";
  loop.checkpoint_every = per_epoch;
  loop.evaluate_every = options.evaluate_epochs * per_epoch;
  loop.values = {{"net", "classify"}, {"batch", std::to_string(options.batch)}, {"rate", std::to_string(options.rate)}};
  return train_net({*net, optimizer, options.average_decay, loss, "top-1", score}, options.program, loop, messages);
}

}  // namespace weir::train
