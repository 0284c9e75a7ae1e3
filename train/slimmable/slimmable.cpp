// SPDX-License-Identifier: Apache-2.0
#include "train/slimmable/slimmable.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <optional>

#include "train/classify/batches.hpp"
#include "train/common/loop/epoch_order.hpp"
#include "train/common/loop/trainer.hpp"
#include "train/slimmable/grid.hpp"
#include "train/slimmable/natural_groups.hpp"
#include "train/slimmable/slimmable_net.hpp"

namespace weir::train {
namespace {

constexpr double kMomentum = 0.9;
constexpr int kClusterBatches = 4;
constexpr std::int64_t kClusterSteps = std::int64_t{1} << 40;  // their images are none of training's order

std::string grid_text(const std::vector<Rung>& rungs) {
  std::string text;
  for (const Rung& rung : rungs) text += (text.empty() ? "" : ",") + rung.name();
  return text;
}

class SlimmableTraining {
 public:
  SlimmableTraining(const SlimmableOptions& options, const OnnxModel& network, const ImageSet& train,
                    std::ostream& messages)
      : options_(options),
        network_(network),
        train_(train),
        messages_(messages),
        order_(train.size(), options.program.seed),
        cluster_(torch::zeros({std::ssize(options.setups)})) {
    const std::vector<Rung>& setups = options.setups;
    const int least = std::ranges::min(setups, {}, &Rung::channels).channels;
    for (std::size_t u = 1; u < setups.size(); ++u) {
      // Where all are of one width, the poorest stands for the narrowest.
      const bool narrow = least < setups[0].channels ? setups[u].channels == least : u + 1 == setups.size();
      (narrow ? narrowest_ : others_).push_back(static_cast<std::int64_t>(u));
    }
  }

  Result<TrainedSwitchable> run() {
    if (Status status = prepare(); !status) return fail(status.error());
    NamedTensors tensors = student_->learned();
    torch::optim::SGD optimizer = make_sgd(tensors, options_.rate, kMomentum, options_.weight_decay);
    Ema ema(tensors, options_.average_decay);
    tensors.emplace_back("state/cluster", cluster_);
    const TrainingParts parts{tensors, &optimizer, &ema};
    const LoopOptions loop = loop_options();
    const Result<Checkpoint> start = resume_or_start(options_.program, loop.values, parts);
    if (!start) return fail(start.error());
    if (start->step == 0 && options_.clustering) {
      if (Status status = cluster(); !status) return fail(status.error());
    }
    Progress progress(messages_, {.steps = loop.steps, .first_step = start->step, .terminal = stderr_is_terminal()});
    LoopCallbacks callbacks;
    callbacks.loss = [&](std::int64_t step) { return this->step(step); };
    const Interrupt interrupt;
    auto end = run_loop(loop, callbacks, parts, *start, progress, interrupt);
    progress.finish();
    if (!end) return fail(end.error());
    const EmaScope averaged(ema);
    auto models = student_->to_models(network_, calibration_images());
    if (!models) return fail(models.error());
    return TrainedSwitchable{std::move(*models), std::move(*end)};
  }

 private:
  Status prepare() {
    seed_torch(options_.program.seed, options_.program.threads);
    auto teacher = OnnxNet::create(network_);
    if (!teacher) return teacher.error();
    teacher_.emplace(std::move(*teacher));
    OnnxModel begun = network_;
    if (!options_.initialisation) reset_weights(begun, options_.program.seed);
    auto student = SlimmableNet::create(begun, options_.seam, options_.setups);
    if (!student) return student.error();
    student_.emplace(std::move(*student));
    student_->train(true);
    return {};
  }

  ClassifyBatch batch(std::int64_t step) {
    std::vector<std::size_t> indices;
    for (int i = 0; i < options_.batch; ++i) indices.push_back(order_.at(step * options_.batch + i));
    const std::int64_t pass = step * options_.batch / static_cast<std::int64_t>(train_.size());
    return augmented_batch(train_, indices, pass, step_random(options_.program.seed, step, "slimmable augmentation"));
  }

  /// What a batch is to be answered with: [N, classes] probabilities, or [N] labels.
  Result<torch::Tensor> wanted(const ClassifyBatch& batch) {
    if (!options_.distillation) return batch.labels;
    const torch::NoGradGuard no_grad;
    auto scores = teacher_->forward({batch.images});
    if (!scores) return fail(scores.error());
    return (*scores)[0].softmax(1);
  }

  /// Of the loss in one setup, by the weights that all setups share.
  Result<torch::Tensor> gradient(const torch::Tensor& images, const torch::Tensor& expected, std::int64_t setup) {
    const auto values = student_->encode(images);
    if (!values) return fail(values.error());
    const auto scores = student_->answer(*values, setup);
    if (!scores) return fail(scores.error());
    const auto loss = torch::cross_entropy_loss(*scores, expected);
    return torch::autograd::grad({loss}, {student_->common_weights()})[0].flatten();
  }

  /// Groups the others by the sum over batches of the cosine between their gradients and the richest setup's.
  Status cluster() {
    if (!student_->common_weights().defined() || others_.empty()) return {};
    std::vector<double> along(others_.size(), 0);
    for (int i = 0; i < kClusterBatches; ++i) {
      const ClassifyBatch images = batch(kClusterSteps + i);
      const auto expected = wanted(images);
      if (!expected) return expected.error();
      const auto richest = gradient(images.images, *expected, 0);
      if (!richest) return richest.error();
      for (std::size_t o = 0; o < others_.size(); ++o) {
        const auto found = gradient(images.images, *expected, others_[o]);
        if (!found) return found.error();
        along[o] += torch::cosine_similarity(*found, *richest, 0).item<double>();
      }
    }
    const std::vector<int> groups = natural_groups(along, options_.clusters);
    for (std::size_t o = 0; o < groups.size(); ++o) {
      cluster_[others_[o]] = groups[o];
      messages_ << options_.setups[static_cast<std::size_t>(others_[o])].name() << "  cosine "
                << along[o] / kClusterBatches << "  cluster " << groups[o] << '\n';
    }
    return {};
  }

  /// The richest setup, one of the narrowest, and one of each cluster of the others.
  std::vector<std::int64_t> draw(std::int64_t step) const {
    std::vector<std::int64_t> drawn{0};
    Random random = step_random(options_.program.seed, step, "slimmable setups");
    const auto add_one_of = [&](const std::vector<std::int64_t>& setups) {
      if (!setups.empty()) drawn.push_back(setups[random.below(setups.size())]);
    };
    add_one_of(narrowest_);
    for (int group = 0; group < options_.clusters; ++group) {
      std::vector<std::int64_t> among;
      std::ranges::copy_if(others_, std::back_inserter(among),
                           [&](std::int64_t u) { return !options_.clustering || cluster_[u].item<int>() == group; });
      add_one_of(among);
    }
    return drawn;
  }

  Result<StepLoss> step(std::int64_t step) {
    const ClassifyBatch images = batch(step);
    const auto expected = wanted(images);
    if (!expected) return fail(expected.error());
    const auto values = student_->encode(images.images);
    if (!values) return fail(values.error());
    const std::vector<std::int64_t> drawn = draw(step);
    torch::Tensor sum = torch::zeros({});
    for (const std::int64_t setup : drawn) {
      const auto scores = student_->answer(*values, setup);
      if (!scores) return fail(scores.error());
      sum = sum + torch::cross_entropy_loss(*scores, *expected);
    }
    return StepLoss{sum / static_cast<double>(drawn.size()), {}, options_.batch};
  }

  LoopOptions loop_options() const {
    LoopOptions loop;
    loop.steps = options_.steps;
    loop.warmup_steps = std::min(options_.steps / 10, 100);
    loop.rate = options_.rate;
    loop.final_fraction = 0.01;
    loop.checkpoint = options_.program.out / "slimmable.ckpt";
    loop.checkpoint_every = options_.checkpoint_every;
    loop.values = {{"net", "slimmable " + options_.seam},
                   {"setups", grid_text(options_.setups)},
                   {"batch", std::to_string(options_.batch)},
                   {"rate", std::to_string(options_.rate)},
                   {"distillation", options_.distillation ? "yes" : "no"},
                   {"seed", std::to_string(options_.program.seed)},
                   {"steps", std::to_string(options_.steps)}};
    return loop;
  }

  /// Training images as they are, spread over the set.
  torch::Tensor calibration_images() const {
    std::vector<std::size_t> indices;
    const auto count = std::min(static_cast<std::size_t>(options_.calibration), train_.size());
    for (std::size_t i = 0; i < count; ++i) indices.push_back(i * train_.size() / count);
    return plain_batch(train_, indices).images;
  }

  const SlimmableOptions& options_;
  const OnnxModel& network_;
  const ImageSet& train_;
  std::ostream& messages_;
  EpochOrder order_;
  std::vector<std::int64_t> narrowest_, others_;  // all setups but the richest
  torch::Tensor cluster_;
  std::optional<OnnxNet> teacher_;
  std::optional<SlimmableNet> student_;
};

}  // namespace

Result<TrainedSwitchable> train_slimmable(const SlimmableOptions& options, const OnnxModel& network,
                                          const ImageSet& train, std::ostream& messages) {
  try {
    return SlimmableTraining(options, network, train, messages).run();
  } catch (const std::exception& error) {
    const std::string all = error.what();
    return fail(Code::internal, "training stopped by the tensor library: " + all.substr(0, all.find('\n')));
  }
}

}  // namespace weir::train
