// SPDX-License-Identifier: Apache-2.0
#include "train/classify/classifier.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "train/classify/batches.hpp"
#include "train/common/loop/epoch_order.hpp"
#include "train/common/loop/trainer.hpp"

namespace weir::train {
namespace {

constexpr std::size_t kScoreBatch = 500;
constexpr double kMomentum = 0.9;

/// One training: the net and all that changes with it.
class Training {
 public:
  Training(const ClassifyOptions& options, const ImageSet& train, const ImageSet& test, OnnxNet net,
           std::ostream& messages)
      : options_(options),
        train_(train),
        test_(test),
        messages_(messages),
        device_(training_device()),
        net_(on_device(std::move(net), device_)),
        optimizer_(make_sgd(net_.parameters(), options.rate, kMomentum, options.weight_decay)),
        ema_(tensors(net_), options.average_decay),
        order_(train.size(), options.program.seed) {}

  Result<TrainedClassifier> run() {
    const std::int64_t per_epoch = std::max<std::int64_t>(static_cast<std::int64_t>(train_.size()) / options_.batch, 1);
    LoopOptions loop;
    loop.steps = options_.epochs * per_epoch;
    loop.warmup_steps = loop.steps / 6;
    loop.rate = options_.rate;
    loop.final_fraction = 0.005;
    loop.checkpoint = options_.program.out / "classify.ckpt";
    loop.checkpoint_every = per_epoch;
    loop.evaluate_every = options_.evaluate_epochs * per_epoch;
    loop.values = {{"net", "classify"},
                   {"steps", std::to_string(loop.steps)},
                   {"batch", std::to_string(options_.batch)},
                   {"rate", std::to_string(options_.rate)},
                   {"seed", std::to_string(options_.program.seed)}};
    const TrainingParts parts{tensors(net_), &optimizer_, &ema_};
    Result<Checkpoint> start = resume_or_start(options_.program, loop.values, parts);
    if (!start) return fail(start.error());

    Progress progress(messages_, {.steps = loop.steps, .first_step = start->step, .terminal = stderr_is_terminal()});
    progress_ = &progress;
    const Interrupt interrupt;
    const LoopCallbacks callbacks{[this](std::int64_t step) { return loss(step); },
                                  [this](std::int64_t done, Curves& curves) { return evaluate(done, curves); }};
    Result<LoopEnd> end = run_loop(loop, callbacks, parts, *start, progress, interrupt);
    progress.finish();
    if (!end) return fail(end.error());
    if (!end->interrupted && options_.evaluate_epochs > 0) {
      if (Status status = evaluate(end->step, end->curves); !status) return fail(status.error());
    }
    const EmaScope averaged(ema_);
    return TrainedClassifier{net_.to_onnx(), std::move(*end)};
  }

 private:
  static OnnxNet on_device(OnnxNet net, torch::Device device) {
    net.to(device);
    return net;
  }
  static NamedTensors tensors(const OnnxNet& net) {
    NamedTensors all = net.parameters();
    all.insert(all.end(), net.buffers().begin(), net.buffers().end());
    return all;
  }

  Result<StepLoss> loss(std::int64_t step) {
    std::vector<std::size_t> indices(static_cast<std::size_t>(options_.batch));
    for (std::size_t i = 0; i < indices.size(); ++i) {
      indices[i] = order_.at(step * options_.batch + static_cast<std::int64_t>(i));
    }
    const ClassifyBatch batch =
        augmented_batch(train_, indices, step_random(options_.program.seed, step, "classify augmentation"));
    net_.train(true);
    const Bf16Scope low(!options_.program.full && bf16_is_fast());
    auto scores = net_.forward({batch.images.to(device_)});
    if (!scores) return fail(scores.error());
    namespace F = torch::nn::functional;
    const auto form = F::CrossEntropyFuncOptions().label_smoothing(options_.label_smoothing);
    return StepLoss{
        F::cross_entropy((*scores)[0].to(torch::kFloat), batch.labels.to(device_), form), {}, options_.batch};
  }

  Status evaluate(std::int64_t done, Curves& curves) {
    const EmaScope averaged(ema_);
    const Result<ClassifyScore> score = score_classifier(net_, test_, 1);
    if (!score) return score.error();
    curves["top-1"].push_back({static_cast<double>(done), score->top1});
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "step %lld: top-1 %.4f", static_cast<long long>(done), score->top1);
    progress_->say(text.data());
    return {};
  }

  const ClassifyOptions& options_;
  const ImageSet& train_;
  const ImageSet& test_;
  std::ostream& messages_;
  torch::Device device_;
  OnnxNet net_;
  torch::optim::SGD optimizer_;
  Ema ema_;
  EpochOrder order_;
  Progress* progress_ = nullptr;
};

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

Result<TrainedClassifier> train_classifier(const ClassifyOptions& options, const ImageSet& train, const ImageSet& test,
                                           std::ostream& messages) {
  seed_torch(options.program.seed, options.program.threads);
  Result<OnnxNet> net = OnnxNet::create(build_classifier(options.shape, options.program.seed));
  if (!net) return fail(net.error());
  return Training(options, train, test, std::move(*net), messages).run();
}

}  // namespace weir::train
