// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/elf/offload_run.hpp"

namespace weir::bench {

/// Runs a plan with real workers in this process behind one shaped radio link of `mbps` in each direction and 2 ms
/// round trip, which they share. With `slow`, the first worker takes its stages from that registry.
Result<std::map<std::uint64_t, OffloadedFrame>> run_over_radio(OffloadPlan plan, std::size_t workers, double mbps,
                                                               Registry& registry, Registry* slow = nullptr);

}  // namespace weir::bench
