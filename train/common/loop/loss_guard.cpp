// SPDX-License-Identifier: Apache-2.0
#include "train/common/loop/loss_guard.hpp"

#include <cmath>
#include <utility>

namespace weir::train {

void LossGuard::saved(std::filesystem::path checkpoint, std::int64_t step) {
  checkpoint_ = std::move(checkpoint);
  checkpoint_step_ = step;
}

Status LossGuard::check(std::int64_t step, double loss) const {
  if (std::isfinite(loss)) return {};
  std::string text = "step " + std::to_string(step) + ": the loss is " + (std::isnan(loss) ? "NaN" : "infinite") +
                     ", it must be a finite number. ";
  if (checkpoint_.empty()) {
    text += "No checkpoint was written yet: start again with a lower --rate.";
  } else {
    text += "The last good checkpoint is " + checkpoint_.string() + " (step " + std::to_string(checkpoint_step_) +
            "): go on from it with --resume and a lower --rate.";
  }
  return {Code::internal, std::move(text)};
}

}  // namespace weir::train
