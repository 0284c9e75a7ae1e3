// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "bench/hop/hop_probe.hpp"
#include "pipeline/registry.hpp"

namespace weir::bench {

/// One run of the chain: a source of 1920x1080 frames and kHops stages that pass them on.
struct HopRun {
  HopProbe* probe = nullptr;
  std::uint64_t count_from = 0;  ///< the heap is counted while the source makes the frames [count_from, count_to)
  std::uint64_t count_to = 0;
  const std::uint8_t* pixels = nullptr;  ///< frames share these pixels, untouched; null: each has its own
};

/// The run that the stages made from now on belong to; it must outlive them.
void use_run(const HopRun& run);

Registry hop_registry();

/// The chain as a launch file.
std::string hop_launch();

}  // namespace weir::bench
