// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/base/status.hpp"
#include "pipeline/registry.hpp"

namespace weir::bench {

/// Resident memory each time `every` further frames have gone by, from the first on. Read after the run.
struct MemoryTrace {
  std::uint64_t every = 0;
  std::vector<std::uint64_t> bytes;
};

/// The trace that the `bench.gauge` stage of the next run fills; it must outlive the run.
void use_trace(MemoryTrace& trace);

/// Adds the stages of the long run that are not the product's own.
Status add_soak_stages(Registry& registry);

}  // namespace weir::bench
