// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

#include "pipeline/clock.hpp"
#include "pipeline/report.hpp"

namespace weir {

/// Counts durations in buckets of 1.6 % relative width, so that quantiles cost no memory per sample. Thread-safe.
class Histogram {
 public:
  void add(Duration value) {
    const auto ns = static_cast<std::uint64_t>(value.count() < 0 ? 0 : value.count());
    buckets_[index_of(ns)].fetch_add(1, std::memory_order_relaxed);
    std::uint64_t seen = max_.load(std::memory_order_relaxed);
    while (ns > seen && !max_.compare_exchange_weak(seen, ns, std::memory_order_relaxed)) {
    }
  }

  Quantiles quantiles() const;

 private:
  static constexpr int kSubBits = 6;  // 64 sub-buckets per power of two
  static constexpr std::size_t kSub = 1U << kSubBits;
  static constexpr std::size_t kBuckets = kSub * (42 - kSubBits);  // up to 2^41 ns, 36 minutes

  static constexpr std::size_t index_of(std::uint64_t ns) {
    if (ns < kSub) return static_cast<std::size_t>(ns);
    const int shift = std::bit_width(ns) - kSubBits - 1;
    const std::size_t index = (static_cast<std::size_t>(shift) << kSubBits) + static_cast<std::size_t>(ns >> shift);
    return index < kBuckets ? index : kBuckets - 1;
  }
  static constexpr double middle_of(std::size_t index) {
    if (index < 2 * kSub) return static_cast<double>(index);
    const std::size_t shift = (index >> kSubBits) - 1;
    return (static_cast<double>(index - (shift << kSubBits)) + 0.5) * static_cast<double>(std::uint64_t{1} << shift);
  }

  std::array<std::atomic<std::uint64_t>, kBuckets> buckets_{};
  std::atomic<std::uint64_t> max_{0};
};

}  // namespace weir
