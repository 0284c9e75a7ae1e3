// SPDX-License-Identifier: Apache-2.0
#include "train/common/loop/training_loop.hpp"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <utility>

#include "train/common/loop/loss_guard.hpp"
#include "train/common/loop/schedule.hpp"
#include "train/common/loop/trainer.hpp"

namespace weir::train {
namespace {

// The curve of the loss has about this many points, whatever the number of steps.
constexpr std::int64_t kLossPoints = 400;
constexpr const char* kSeconds = "seconds";

class Loop {
 public:
  Loop(const LoopOptions& options, const LoopCallbacks& callbacks, const TrainingParts& parts, const Checkpoint& start,
       Progress& progress, const Interrupt& interrupt)
      : options_(options), callbacks_(callbacks), parts_(parts), progress_(progress), interrupt_(interrupt) {
    end_.step = start.step;
    end_.curves = start.curves;
    if (const auto spent = start.values.find(kSeconds); spent != start.values.end()) {
      seconds_before_ = std::strtod(spent->second.c_str(), nullptr);
    }
  }

  Result<LoopEnd> run() {
    while (end_.step < options_.steps && !end_.interrupted) {
      if (Status status = one_step(); !status) return fail(status.error());
      if (Status status = between_steps(); !status) return fail(status.error());
    }
    end_.seconds = seconds();
    return std::move(end_);
  }

 private:
  Status one_step() {
    const std::int64_t step = end_.step;
    const double rate =
        cyclic_cosine_rate(step, cycles_, options_.warmup_steps, options_.rate, options_.final_fraction);
    set_rate(*parts_.optimizer, rate);
    parts_.optimizer->zero_grad();
    Result<StepLoss> loss = callbacks_.loss(step);
    if (!loss) return loss.error();
    const double total = loss->total.item<double>();
    // Before the weights change: the last checkpoint then is of finite weights.
    if (Status status = guard_.check(step, total); !status) return status;
    if (loss->total.requires_grad()) loss->total.backward();
    clip_gradients(parts_.optimizer->param_groups(), options_.clip_norm);
    parts_.optimizer->step();
    if (parts_.ema != nullptr) parts_.ema->update();

    mean_loss_ += total;
    ++mean_count_;
    LossParts shown{{"loss", total}};
    shown.insert(shown.end(), loss->parts.begin(), loss->parts.end());
    progress_.step(step, shown, rate, loss->examples);
    ++end_.step;
    return {};
  }

  Status between_steps() {
    const std::int64_t done = end_.step;
    const bool last = done == options_.steps;
    if (last || done % std::max<std::int64_t>(options_.steps / kLossPoints, 1) == 0) {
      end_.curves["loss"].push_back({static_cast<double>(done), mean_loss_ / static_cast<double>(mean_count_)});
      mean_loss_ = 0;
      mean_count_ = 0;
    }
    end_.interrupted = interrupt_.requested();
    const bool evaluates = callbacks_.evaluate && due(options_.evaluate_every) && !last && !end_.interrupted;
    const bool saves = last || end_.interrupted || due(options_.checkpoint_every);
    if (!evaluates && !saves) return {};
    progress_.pause();
    Status status;
    if (evaluates) status = callbacks_.evaluate(done, end_.curves);
    if (status && saves) status = save();
    progress_.go_on();
    return status;
  }

  double seconds() const { return seconds_before_ + progress_.seconds(); }

  bool due(std::int64_t every) const { return every > 0 && end_.step % every == 0; }

  Status save() {
    if (options_.checkpoint.empty()) return {};
    Result<Checkpoint> checkpoint = capture(parts_, end_.step);
    if (!checkpoint) return checkpoint.error();
    checkpoint->values = options_.values;
    checkpoint->values[kSeconds] = std::to_string(seconds());
    checkpoint->curves = end_.curves;
    if (Status status = save_checkpoint(*checkpoint, options_.checkpoint); !status) return status;
    guard_.saved(options_.checkpoint, end_.step);
    return {};
  }

  const LoopOptions& options_;
  const LoopCallbacks& callbacks_;
  const TrainingParts& parts_;
  const std::vector<std::int64_t> cycles_ = options_.cycles.empty() ? std::vector{options_.steps} : options_.cycles;
  Progress& progress_;
  const Interrupt& interrupt_;
  LossGuard guard_;
  LoopEnd end_;
  double seconds_before_ = 0;
  double mean_loss_ = 0;
  std::int64_t mean_count_ = 0;
};

}  // namespace

Result<LoopEnd> run_loop(const LoopOptions& options, const LoopCallbacks& callbacks, const TrainingParts& parts,
                         const Checkpoint& start, Progress& progress, const Interrupt& interrupt) {
  try {
    return Loop(options, callbacks, parts, start, progress, interrupt).run();
  } catch (const std::exception& error) {
    return fail(Code::internal, std::string("training stopped by the tensor library: ") + error.what());
  }
}

}  // namespace weir::train
