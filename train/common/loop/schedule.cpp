// SPDX-License-Identifier: Apache-2.0
#include "train/common/loop/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace weir::train {

double cosine_rate(std::int64_t step, std::int64_t steps, std::int64_t warmup_steps, double base,
                   double final_fraction) {
  const std::int64_t last = std::max<std::int64_t>(steps - 1, 0);
  step = std::clamp<std::int64_t>(step, 0, last);
  // The first step already learns: a rate of 0 would waste it.
  if (step < warmup_steps) return base * static_cast<double>(step + 1) / static_cast<double>(warmup_steps + 1);
  if (last <= warmup_steps) return base;
  const double part = static_cast<double>(step - warmup_steps) / static_cast<double>(last - warmup_steps);
  const double fall = 0.5 * (1 + std::cos(std::numbers::pi * part));
  return base * (final_fraction + (1 - final_fraction) * fall);
}

double cyclic_cosine_rate(std::int64_t step, std::span<const std::int64_t> cycles, std::int64_t warmup_steps,
                          double base, double final_fraction) {
  while (cycles.size() > 1 && step >= cycles.front()) {
    step -= cycles.front();
    cycles = cycles.subspan(1);
  }
  return cosine_rate(step, cycles.front(), warmup_steps, base, final_fraction);
}

}  // namespace weir::train
