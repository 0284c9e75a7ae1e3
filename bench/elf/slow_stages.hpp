// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "bench/elf/service_times.hpp"
#include "pipeline/registry.hpp"

namespace weir::bench {

/// Registers all built-in stages; each call of those that predict, cut, merge or track takes `factor` times as long as
/// it works, and one of `infer.detector` `factor` times what `service` says of its image, however long it worked. So
/// many workers on few cores are timed as if each had one of its own: where detectors overrun, it comes out slower.
/// What is done outside of stages (pictures decoded at a worker, messages packed) is not slowed. `service` must outlive
/// the runs; null: the detector's own time. At most 24 stages of a process can be slowed; more are an error.
Status register_slow_stages(Registry& registry, double factor, double detector, const ServiceTimes* service);

/// Calls of `infer.detector` that worked for longer than they were to take.
std::uint64_t overruns();

}  // namespace weir::bench
