// SPDX-License-Identifier: Apache-2.0
#include "kernels/partition/cost_model.hpp"

#include <algorithm>

namespace weir {

WorkMeter::WorkMeter(const CostModel& cost) {
  const double ms_per_byte = 8e-3 / cost.link_mbit_s;
  upload_fixed_ = static_cast<float>(ms_per_byte * cost.overhead_bytes);
  upload_per_pixel_ = static_cast<float>(ms_per_byte * cost.bytes_per_pixel);
  stride_ = static_cast<float>(cost.stride);
  per_stride_ = 1 / stride_;
}

void FinishEstimate::prepare(const CostModel& cost) {
  workers_.clear();
  for (const WorkerCost& worker : cost.workers) {
    workers_.push_back({static_cast<float>(worker.fixed_ms), static_cast<float>(worker.ms_per_megapixel),
                        static_cast<float>(worker.queue_ms), 0});
  }
}

float FinishEstimate::run(std::span<const PartWork> parts, std::span<float> finishes) {
  for (Worker& worker : workers_) worker.free_ms = worker.queue_ms;
  float sent = 0, slowest = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    sent += parts[i].upload_ms;
    Worker* best = nullptr;
    float least = 0;
    for (Worker& worker : workers_) {
      const float done =
          std::max(sent, worker.free_ms) + worker.fixed_ms + worker.ms_per_megapixel * parts[i].megapixels;
      if (best != nullptr && done >= least) continue;
      least = done;
      best = &worker;
    }
    best->free_ms = least;
    slowest = std::max(slowest, least);
    if (!finishes.empty()) finishes[i] = least;
  }
  return slowest;
}

}  // namespace weir
