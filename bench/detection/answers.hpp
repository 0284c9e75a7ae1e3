// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/base/status.hpp"
#include "pipeline/registry.hpp"

namespace weir::bench {

/// What came out of a detection graph, in frame order. Read after the run.
struct Answers {
  std::vector<double> latency_ms;  ///< capture to arrival
  std::uint64_t boxes = 0;
};

/// The answers that the `bench.answers` stage of the next run fills; they must outlive the run.
void use_answers(Answers& answers);

/// Adds `bench.answers`, a stage that takes detections and notes when they came.
Status add_answers_stage(Registry& registry);

}  // namespace weir::bench
