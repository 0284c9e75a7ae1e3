// SPDX-License-Identifier: Apache-2.0
#include "train/detector/detector_training.hpp"

#include <array>
#include <cstdio>

#include "train/common/loop/trainer.hpp"
#include "train/detector/mimic.hpp"

namespace weir::train {
namespace {

constexpr int kTeacherChannels = 64;
constexpr std::int64_t kCheckpointEvery = 500;

NamedTensors all_tensors(const OnnxNet& net, const OnnxNet& adapters) {
  NamedTensors all = net.parameters();
  for (const NamedTensors* more : {&net.buffers(), &adapters.parameters()}) {
    all.insert(all.end(), more->begin(), more->end());
  }
  return all;
}

NamedTensors trained_tensors(const OnnxNet& net, const OnnxNet& adapters) {
  NamedTensors all = net.parameters();
  all.insert(all.end(), adapters.parameters().begin(), adapters.parameters().end());
  return all;
}

class Training {
 public:
  Training(const DetectorOptions& options, const ValidationSet& check, OnnxNet net, OnnxNet adapters,
           std::ostream& messages)
      : options_(options),
        check_(check),
        messages_(messages),
        net_(std::move(net)),
        adapters_(std::move(adapters)),
        optimizer_(make_adamw(trained_tensors(net_, adapters_), options.rate, options.weight_decay)),
        ema_(all_tensors(net_, adapters_), options.average_decay) {}

  Result<TrainedDetector> run(const Pool& pool) {
    LoopOptions loop;
    loop.steps = options_.steps;
    loop.warmup_steps = std::min<std::int64_t>(500, options_.steps / 10);
    loop.rate = options_.rate;
    loop.clip_norm = 10;
    loop.checkpoint = options_.program.out / "detector.ckpt";
    loop.checkpoint_every = kCheckpointEvery;
    loop.evaluate_every = options_.evaluate_every;
    loop.values = {{"net", "detector"},
                   {"steps", std::to_string(options_.steps)},
                   {"batch", std::to_string(options_.batch)},
                   {"workers", std::to_string(options_.workers)},
                   {"rate", std::to_string(options_.rate)},
                   {"seed", std::to_string(options_.program.seed)}};
    const TrainingParts parts{all_tensors(net_, adapters_), &optimizer_, &ema_};
    Result<Checkpoint> start = resume_or_start(options_.program, loop.values, parts);
    if (!start) return fail(start.error());
    if (start->step == 0 && !options_.init.empty()) {
      if (Status status = start_from(options_.init); !status) return fail(status.error());
    }
    if (Status status = hire(pool); !status) return fail(status.error());

    Progress progress(messages_, {.steps = loop.steps, .first_step = start->step, .terminal = stderr_is_terminal()});
    progress_ = &progress;
    const Interrupt interrupt;
    const LoopCallbacks callbacks{[this](std::int64_t step) { return loss(step); },
                                  [this](std::int64_t done, Curves& curves) { return evaluate(done, curves); }};
    Result<LoopEnd> end = run_loop(loop, callbacks, parts, *start, progress, interrupt);
    progress.finish();
    if (!end) return fail(end.error());
    if (!end->interrupted) {
      if (Status status = evaluate(end->step, end->curves); !status) return fail(status.error());
    }
    const EmaScope averaged(ema_);
    return TrainedDetector{net_.to_onnx(), std::move(*end)};
  }

 private:
  Status start_from(const std::filesystem::path& file) {
    auto checkpoint = load_checkpoint(file);
    if (!checkpoint) return checkpoint.error();
    const NamedTensors tensors = all_tensors(net_, adapters_);
    if (Status status = restore_tensors(*checkpoint, tensors, true); !status) return status;
    ema_ = Ema(tensors, options_.average_decay);
    return {};
  }

  Status hire(const Pool& pool) {
    CrewOptions crew;
    crew.workers = options_.workers;
    crew.batch = options_.batch;
    crew.seed = options_.program.seed;
    crew.bf16 = !options_.program.full && bf16_is_fast();
    crew.plain_from = static_cast<std::int64_t>(static_cast<double>(options_.steps) * (1 - options_.plain_share));
    crew.mimic_weight = options_.mimic_weight;
    crew.mimic_every = options_.mimic_every;
    crew.teacher = options_.teacher;
    crew.augment = options_.augment;
    crew.loss.classes = options_.shape.classes;
    crew.loss.bins = options_.shape.bins;
    crew.loss.balance = options_.balance;
    crew.loss.assign.reach = static_cast<float>(options_.shape.bins - 1);
    auto made = Crew::create(net_, adapters_, pool, crew);
    if (!made) return made.error();
    crew_ = std::move(*made);
    return {};
  }

  Result<StepLoss> loss(std::int64_t step) {
    auto parts = crew_->step(step);
    if (!parts) return fail(parts.error());
    const double total = parts->front().second;
    parts->erase(parts->begin());
    return StepLoss{torch::tensor(total, torch::kDouble), std::move(*parts), options_.batch};
  }

  Status evaluate(std::int64_t done, Curves& curves) {
    if (check_.frames.empty()) return {};
    OnnxModel model;
    {
      const EmaScope averaged(ema_);
      model = net_.to_onnx();
    }
    auto exported = export_detector(model, false);
    if (!exported) return exported.error();
    auto scores = validate(encode_onnx(*exported), check_, 640, 192, options_.workers);
    if (!scores) return scores.error();
    const DetectorScore& car = scores->front().score;
    curves["AP50"].push_back({static_cast<double>(done), car.ap50});
    curves["AP70"].push_back({static_cast<double>(done), car.ap70});
    std::array<char, 96> text{};
    std::snprintf(text.data(), text.size(), "step %lld: Car AP50 %.1f, AP70 %.1f at 640x192",
                  static_cast<long long>(done), car.ap50, car.ap70);
    progress_->say(text.data());
    return {};
  }

  const DetectorOptions& options_;
  const ValidationSet& check_;
  std::ostream& messages_;
  OnnxNet net_;
  OnnxNet adapters_;
  torch::optim::AdamW optimizer_;
  Ema ema_;
  std::unique_ptr<Crew> crew_;
  Progress* progress_ = nullptr;
};

}  // namespace

Result<TrainedDetector> train_detector(const DetectorOptions& options, const Pool& pool, const ValidationSet& check,
                                       std::ostream& messages) {
  seed_torch(options.program.seed, 1);
  Result<OnnxNet> net = OnnxNet::create(build_detector(options.shape, options.program.seed));
  if (!net) return fail(net.error());
  Result<OnnxNet> adapters =
      OnnxNet::create(build_adapters(options.shape.neck, kTeacherChannels, options.program.seed));
  if (!adapters) return fail(adapters.error());
  net->to(training_device());
  adapters->to(training_device());
  return Training(options, check, std::move(*net), std::move(*adapters), messages).run(pool);
}

}  // namespace weir::train
