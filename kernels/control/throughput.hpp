// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "kernels/control/policy.hpp"

namespace weir {

/// Throughput as a moving average over the last transfers: what most published systems go by. Thread-compatible.
class Throughput {
 public:
  static constexpr std::size_t kTransfers = 5;

  /// The round trip is no part of the time that bytes take; where it is not known (0) it counts as such.
  explicit Throughput(Duration round_trip) : round_trip_(round_trip) {}

  void learn(const Transfer& transfer);

  double bits_per_second() const { return bits_per_second_; }

  /// From now until the answer to so many bytes that are sent behind those under way, without the cloud's time.
  Duration time_for(double bytes, std::span<const UnderWay> under_way, TimePoint now) const;

 private:
  std::array<double, kTransfers> last_{};
  std::size_t count_ = 0;
  double bits_per_second_ = 1e6;  // believed until a transfer ends
  Duration round_trip_;
};

}  // namespace weir
