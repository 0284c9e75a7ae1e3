// SPDX-License-Identifier: Apache-2.0
#include "train/proposals/elf_training.hpp"

#include <algorithm>

#include "train/common/loop/epoch_order.hpp"
#include "train/common/loop/trainer.hpp"

namespace weir::train {
namespace {

constexpr double kAverageDecay = 0;  // the last weights count, as with the authors

const IdentifiedBox* find(const BoxFrame& frame, std::int64_t id) {
  const auto found = std::ranges::find(frame.boxes, id, &IdentifiedBox::id);
  return found == frame.boxes.end() ? nullptr : &*found;
}

void put(std::vector<float>& to, const Box& box, const BoxFrame& frame) {
  const auto width = static_cast<float>(frame.width), height = static_cast<float>(frame.height);
  to.insert(to.end(), {box.left / width, box.top / height, box.right / width, box.bottom / height});
}

torch::Tensor tensor_of(const std::vector<float>& values) { return torch::tensor(values).reshape({-1, 4}); }

}  // namespace

ElfSamples elf_samples(std::span<const BoxSequence* const> sequences) {
  std::vector<float> before, now, next;
  for (const BoxSequence* sequence : sequences) {
    const std::vector<BoxFrame>& frames = sequence->frames;
    for (std::size_t i = 2; i < frames.size(); ++i) {
      if (frames[i].frame != frames[i - 2].frame + 2) continue;
      for (const IdentifiedBox& object : frames[i].boxes) {
        const IdentifiedBox *first = find(frames[i - 2], object.id), *second = find(frames[i - 1], object.id);
        if (first == nullptr || second == nullptr) continue;
        put(before, first->box, frames[i]);
        put(now, second->box, frames[i]);
        put(next, object.box, frames[i]);
      }
    }
  }
  return {torch::stack({tensor_of(before), tensor_of(now)}), tensor_of(next)};
}

Result<LoopEnd> train_elf(const ElfOptions& options, std::span<const BoxSequence* const> sequences, ElfNet& net,
                          std::ostream& messages) {
  const ElfSamples samples = elf_samples(sequences);
  const std::int64_t count = samples.truth.size(0);
  if (count == 0) return fail(Code::invalid, "no object is seen in three frames in a row; give a longer recording");
  const NamedTensors tensors = net.tensors();
  torch::optim::AdamW optimizer = make_adamw(tensors, options.rate, 0);
  Ema average(tensors, kAverageDecay);
  LoopOptions loop;
  loop.steps = options.steps;
  loop.rate = options.rate;
  loop.final_fraction = 1;
  LoopCallbacks callbacks;
  callbacks.loss = [&](std::int64_t step) -> Result<StepLoss> {
    Random random = step_random(options.seed, step, "elf boxes");
    std::vector<std::int64_t> chosen;
    for (int i = 0; i < options.boxes; ++i) {
      chosen.push_back(static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(count))));
    }
    const torch::Tensor index = torch::tensor(chosen);
    const torch::Tensor predicted = net.forward(samples.inputs.index_select(1, index));
    return StepLoss{elf_loss(predicted, samples.truth.index_select(0, index)), {}, options.boxes};
  };
  Progress progress(messages, {.steps = options.steps, .terminal = stderr_is_terminal()});
  const Interrupt interrupt;
  Result<LoopEnd> end = run_loop(loop, callbacks, {tensors, &optimizer, &average}, Checkpoint{}, progress, interrupt);
  progress.finish();
  return end;
}

}  // namespace weir::train
