// SPDX-License-Identifier: Apache-2.0
#include "train/common/loop/net_training.hpp"

#include <array>
#include <cstdio>
#include <utility>

#include "train/common/loop/trainer.hpp"

namespace weir::train {

namespace {

std::string steps_text(const LoopOptions& loop) {
  if (loop.cycles.empty()) return std::to_string(loop.steps);
  std::string text = std::to_string(loop.cycles.front());
  for (std::size_t i = 1; i < loop.cycles.size(); ++i) text += " " + std::to_string(loop.cycles[i]);
  return text;
}

}  // namespace

NamedTensors all_tensors(const OnnxNet& net) {
  NamedTensors all = net.parameters();
  all.insert(all.end(), net.buffers().begin(), net.buffers().end());
  return all;
}

Result<OnnxNet> make_net(OnnxModel model) {
  Result<OnnxNet> net = OnnxNet::create(std::move(model));
  if (net) net->to(training_device());
  return net;
}

Result<TrainedNet> train_net(const NetTraining& training, const ProgramOptions& options, LoopOptions loop,
                             std::ostream& messages) {
  Ema ema(all_tensors(training.net), training.average_decay);
  const TrainingParts parts{all_tensors(training.net), &training.optimizer, &ema};
  loop.values["seed"] = std::to_string(options.seed);
  loop.values["steps"] = steps_text(loop);
  Result<Checkpoint> start = resume_or_start(options, loop.values, parts);
  if (!start) return fail(start.error());

  Progress progress(messages, {.steps = loop.steps, .first_step = start->step, .terminal = stderr_is_terminal()});
  const auto evaluate = [&](std::int64_t done, Curves& curves) -> Status {
    const EmaScope averaged(ema);
    training.net.train(false);
    const Result<double> score = training.score();
    if (!score) return score.error();
    curves[training.score_name].push_back({static_cast<double>(done), *score});
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.4f", *score);
    progress.say("step " + std::to_string(done) + ": " + training.score_name + " " + text.data());
    return {};
  };
  LoopCallbacks callbacks;
  callbacks.loss = [&](std::int64_t step) {
    training.net.train(true);
    return training.loss(step);
  };
  if (training.score) callbacks.evaluate = evaluate;
  const Interrupt interrupt;
  Result<LoopEnd> end = run_loop(loop, callbacks, parts, *start, progress, interrupt);
  progress.finish();
  if (!end) return fail(end.error());
  if (!end->interrupted && training.score) {
    if (Status status = evaluate(end->step, end->curves); !status) return fail(status.error());
  }
  const EmaScope averaged(ema);
  return TrainedNet{training.net.to_onnx(), std::move(*end)};
}

}  // namespace weir::train
