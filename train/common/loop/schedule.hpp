// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

namespace weir::train {

/// The learning rate of one step: rises linearly to `base` over the first `warmup_steps`, then falls along half a
/// cosine to `base * final_fraction` at the last step. `step` counts from 0 and is clamped to [0, steps).
/// (Loshchilov and Hutter, "SGDR", ICLR 2017, section 3, without restarts.)
double cosine_rate(std::int64_t step, std::int64_t steps, std::int64_t warmup_steps, double base,
                   double final_fraction);

/// The rate of `step` in runs of cosine_rate() one after another, of cycles[0], cycles[1], ... steps (not empty); steps
/// behind the last stay at its end. (SGDR, section 3, with restarts.)
double cyclic_cosine_rate(std::int64_t step, std::span<const std::int64_t> cycles, std::int64_t warmup_steps,
                          double base, double final_fraction);

}  // namespace weir::train
