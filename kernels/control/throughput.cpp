// SPDX-License-Identifier: Apache-2.0
#include "kernels/control/throughput.hpp"

#include <algorithm>
#include <numeric>

namespace weir {
namespace {

constexpr double kLeastSeconds = 1e-4;
constexpr double kLongestSeconds = 3600;

double seconds(Duration d) { return std::chrono::duration<double>(d).count(); }

}  // namespace

void Throughput::learn(const Transfer& transfer) {
  const double took = std::max(seconds(transfer.acked - transfer.sent - transfer.service - round_trip_), kLeastSeconds);
  last_[count_++ % kTransfers] = transfer.lost ? 0 : 8 * transfer.bytes / took;
  const std::size_t known = std::min(count_, kTransfers);
  bits_per_second_ = std::accumulate(last_.begin(), last_.begin() + static_cast<std::ptrdiff_t>(known), 0.0) /
                     static_cast<double>(known);
}

Duration Throughput::time_for(double bytes, std::span<const UnderWay> under_way, TimePoint now) const {
  double waiting = 0;
  for (const UnderWay& other : under_way) waiting += other.bytes;
  if (!under_way.empty()) {  // what the first of them has passed by now
    waiting -= std::min(under_way[0].bytes, bits_per_second_ / 8 * seconds(now - under_way[0].sent));
  }
  const double wanted = 8 * (bytes + waiting);
  if (wanted >= bits_per_second_ * kLongestSeconds) return std::chrono::hours(1);
  return round_trip_ + Duration(static_cast<Duration::rep>(wanted / bits_per_second_ * 1e9));
}

}  // namespace weir
