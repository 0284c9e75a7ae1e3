// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "bench/common/figure.hpp"

namespace weir::bench {

/// The mean of one value per trace, with the 95 % confidence interval of the mean as its spread: percentile bootstrap
/// over traces (Efron, Ann. Statist. 7, 1979), 2,000 draws. All zero without values.
Figure mean_over_traces(std::span<const double> values, std::uint64_t seed = 1);

}  // namespace weir::bench
