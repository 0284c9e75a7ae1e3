// SPDX-License-Identifier: Apache-2.0
#include "train/detector/crew.hpp"

#include <torch/utils.h>

#include <barrier>
#include <opencv2/core/utility.hpp>
#include <optional>
#include <thread>
#include <utility>

#include "train/common/data/augment.hpp"
#include "train/common/loop/epoch_order.hpp"
#include "train/common/loop/trainer.hpp"
#include "train/detector/mimic.hpp"
#include "train/detector/net.hpp"
#include "train/detector/teacher_features.hpp"

namespace weir::train {
namespace {

// Partners of a crop (mosaic, pasted objects) come from a list in which each source has its share.
constexpr std::size_t kPartners = 2000;

/// [N, 3, H, W] from 0 to 1.
torch::Tensor batch_of(const std::vector<AugmentedExample>& crops) {
  std::vector<torch::Tensor> images;
  for (const AugmentedExample& crop : crops) {
    images.push_back(torch::from_blob(crop.image.data, {crop.image.rows, crop.image.cols, 3}, torch::kByte));
  }
  return torch::stack(images).permute({0, 3, 1, 2}).to(torch::kFloat).contiguous() / 255;
}

/// Targets and losses are made on the processor, wherever the net is.
void to_cpu(std::vector<torch::Tensor>& tensors) {
  for (torch::Tensor& tensor : tensors) tensor = tensor.to(torch::kCPU);
}

/// Another net on the same weights with gradients and running statistics of its own.
Result<OnnxNet> twin(const OnnxNet& net) {
  auto made = OnnxNet::create(net.to_onnx());
  if (!made) return made;
  made->to(training_device());
  const auto& to = made->parameters();
  for (std::size_t i = 0; i < to.size(); ++i) to[i].second.set_data(net.parameters()[i].second.detach());
  return made;
}

/// What one thread works with.
struct Worker {
  OnnxNet* net = nullptr;
  OnnxNet* adapters = nullptr;
  std::optional<OnnxNet> own_net, own_adapters;
  std::unique_ptr<FeatureTeacher> teacher;
  std::unique_ptr<Augmenter> augmenter, plain;
  Result<LossParts> result = LossParts{};
};

class ThreadCrew : public Crew {
 public:
  ThreadCrew(const Pool& pool, const CrewOptions& options)
      : pool_(pool),
        options_(options),
        cells_(detector_cells(options.augment.width, options.augment.height)),
        gate_(options.workers) {
    const DetectorValues names = detector_values();
    wanted_.insert(wanted_.end(), names.scores.begin(), names.scores.end());
    wanted_.insert(wanted_.end(), names.distances.begin(), names.distances.end());
    wanted_.insert(wanted_.end(), names.neck.begin(), names.neck.end());
    Random random(derive_seed(options.seed, "partners"));
    for (std::size_t i = 0; i < kPartners; ++i) partners_.push_back(pool.draw(random));
  }

  ~ThreadCrew() override {
    step_ = -1;
    if (!threads_.empty()) gate_.arrive_and_wait();
  }

  Status hire(OnnxNet& net, OnnxNet& adapters) {
    workers_.resize(static_cast<std::size_t>(options_.workers));
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      Worker& worker = workers_[i];
      if (i > 0) {
        for (auto [own, from] : {std::pair{&worker.own_net, &net}, std::pair{&worker.own_adapters, &adapters}}) {
          auto copy = twin(*from);
          if (!copy) return copy.error();
          own->emplace(std::move(*copy));
        }
      }
      worker.net = i == 0 ? &net : &*worker.own_net;
      worker.adapters = i == 0 ? &adapters : &*worker.own_adapters;
      worker.augmenter = std::make_unique<Augmenter>(options_.augment, options_.seed);
      AugmentOptions plain = options_.augment;
      plain.mosaic = plain.paste = 0;
      worker.plain = std::make_unique<Augmenter>(plain, options_.seed);
      if (options_.teacher.empty()) continue;
      auto teacher = FeatureTeacher::load(options_.teacher, share(), options_.augment.width, options_.augment.height);
      if (!teacher) return teacher.error();
      worker.teacher = std::move(*teacher);
    }
    for (std::size_t i = 1; i < workers_.size(); ++i) threads_.emplace_back([this, i] { follow(i); });
    return {};
  }

  Result<LossParts> step(std::int64_t step) override {
    step_ = step;
    for (Worker& worker : workers_) {
      worker.net->train(true);
      worker.adapters->train(true);
    }
    if (!threads_.empty()) gate_.arrive_and_wait();
    work(workers_[0], 0);
    if (!threads_.empty()) gate_.arrive_and_wait();
    for (const Worker& worker : workers_) {
      if (!worker.result) return fail(worker.result.error());
    }
    average();
    LossParts parts = *workers_[0].result;
    for (std::size_t p = 0; p < parts.size(); ++p) {
      for (std::size_t i = 1; i < workers_.size(); ++i) parts[p].second += (*workers_[i].result)[p].second;
      parts[p].second /= options_.workers;
    }
    return parts;
  }

 private:
  int share() const { return options_.batch / options_.workers; }

  void follow(std::size_t index) {
    torch::set_num_threads(1);
    for (;;) {
      gate_.arrive_and_wait();
      if (step_ < 0) return;
      work(workers_[index], index);
      gate_.arrive_and_wait();
    }
  }

  void work(Worker& worker, std::size_t index) {
    try {
      worker.result = learn(worker, index);
    } catch (const std::exception& error) {
      worker.result = fail(Code::internal, std::string("the tensor library stopped a step: ") + error.what());
    }
  }

  std::vector<AugmentedExample> crops_of(Worker& worker, std::size_t index) {
    Augmenter& augmenter = step_ < options_.plain_from ? *worker.augmenter : *worker.plain;
    std::vector<AugmentedExample> crops;
    for (int i = 0; i < share(); ++i) {
      const auto draw =
          static_cast<std::uint64_t>(step_ * options_.batch + static_cast<std::int64_t>(index) * share() + i);
      Random random = step_random(options_.seed, static_cast<std::int64_t>(draw), "example");
      crops.push_back(augmenter.make(pool_.examples, pool_.draw(random), draw, partners_));
    }
    return crops;
  }

  Result<LossParts> learn(Worker& worker, std::size_t index) {
    const std::vector<AugmentedExample> crops = crops_of(worker, index);
    std::optional<TeacherFeatures> features;
    if (worker.teacher && step_ % options_.mimic_every == 0) {
      auto seen = worker.teacher->run(crops);
      if (!seen) return fail(seen.error());
      features = std::move(*seen);
    }
    DetectorLoss loss;
    torch::Tensor mimic = torch::zeros({});
    {
      const Bf16Scope scope(options_.bf16);
      auto outputs = worker.net->forward({batch_of(crops).to(training_device())}, wanted_);
      if (!outputs) return fail(outputs.error());
      if (features) {
        auto adapted = worker.adapters->forward({outputs->begin() + 6, outputs->end()});
        if (!adapted) return fail(adapted.error());
        to_cpu(*adapted);
        mimic = mimic_loss(*adapted, *features);
      }
      to_cpu(*outputs);
      loss = detector_loss(*outputs, crops, cells_, options_.loss);
    }
    for (OnnxNet* net : {worker.net, worker.adapters}) {
      for (const auto& [name, parameter] : net->parameters()) parameter.mutable_grad().reset();
    }
    const torch::Tensor total = loss.total + options_.mimic_weight * mimic;
    total.backward();
    return LossParts{{"loss", total.item<double>()},
                     {"score", loss.score.item<double>()},
                     {"box", loss.box.item<double>()},
                     {"distribution", loss.distribution.item<double>()},
                     {"mimic", mimic.item<double>()}};
  }

  /// The mean of all workers' gradients, in the first one's parameters.
  void average() {
    const torch::NoGradGuard no_grad;
    for (const auto member : {&Worker::net, &Worker::adapters}) {
      const NamedTensors& first = (workers_[0].*member)->parameters();
      for (std::size_t p = 0; p < first.size(); ++p) {
        torch::Tensor& sum = first[p].second.mutable_grad();
        if (!sum.defined()) continue;
        for (std::size_t i = 1; i < workers_.size(); ++i) {
          sum.add_((workers_[i].*member)->parameters()[p].second.grad());
        }
        sum.div_(options_.workers);
      }
    }
  }

  const Pool& pool_;
  CrewOptions options_;
  std::vector<Cell> cells_;
  std::vector<std::string> wanted_;
  std::vector<std::size_t> partners_;
  std::vector<Worker> workers_;
  std::int64_t step_ = 0;
  std::barrier<> gate_;
  std::vector<std::jthread> threads_;  // last: they end before what they use
};

}  // namespace

Result<std::unique_ptr<Crew>> Crew::create(OnnxNet& net, OnnxNet& adapters, const Pool& pool,
                                           const CrewOptions& options) {
  if (options.workers < 1 || options.batch % options.workers != 0) {
    return fail(Code::invalid, "a batch of " + std::to_string(options.batch) + " cannot be shared by " +
                                   std::to_string(options.workers) + " threads; choose a multiple");
  }
  cv::setNumThreads(1);
  torch::set_num_threads(1);
  auto crew = std::make_unique<ThreadCrew>(pool, options);
  if (Status status = crew->hire(net, adapters); !status) return fail(status.error());
  return crew;
}

}  // namespace weir::train
