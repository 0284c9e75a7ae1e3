// SPDX-License-Identifier: Apache-2.0
#include "pipeline/runtime/histogram.hpp"

#include <algorithm>

namespace weir {

Quantiles Histogram::quantiles() const {
  std::uint64_t total = 0;
  for (const auto& bucket : buckets_) total += bucket.load(std::memory_order_relaxed);
  Quantiles result;
  result.count = total;
  result.max = static_cast<double>(max_.load(std::memory_order_relaxed)) * 1e-6;
  if (total == 0) return result;

  const std::array<std::pair<double, double*>, 3> wanted{
      {{0.50, &result.p50}, {0.90, &result.p90}, {0.99, &result.p99}}};
  std::size_t next = 0;
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < kBuckets && next < wanted.size(); ++i) {
    below += buckets_[i].load(std::memory_order_relaxed);
    while (next < wanted.size() && static_cast<double>(below) >= wanted[next].first * static_cast<double>(total)) {
      *wanted[next++].second = std::min(middle_of(i) * 1e-6, result.max);
    }
  }
  return result;
}

}  // namespace weir
