// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "bench/common/reporter.hpp"
#include "bench/wire/exchange.hpp"

namespace weir::bench {

/// What repetitions of an exchange gave: ours by the plain program's.
struct Ratios {
  std::vector<double> rate;  ///< messages a second
  std::vector<double> cpu;   ///< processor time a message
  std::vector<double> per_second, plain_per_second, cpu_us, plain_cpu_us;

  Also also() const;
};

/// One repetition: the plain program, then a link.
Status compare(const Exchange& exchange, Ratios& ratios);

}  // namespace weir::bench
