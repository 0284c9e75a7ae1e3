// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "bench/net/shaped_networks.hpp"

namespace weir::bench {

/// What the plainest TCP program gets from shaped networks.
struct RawTcp {
  double bits_per_second = 0;          ///< of payload, one way up, after slow start
  std::vector<double> round_trips_ms;  ///< of 64 bytes and their answer, one at a time, before the bulk
};

/// Round trips, then as much as passes for so long. Code::unsupported where the kernel has no such congestion control,
/// Code::io when the network fails.
Result<RawTcp> measure_raw_tcp(const ShapedNetworks& networks, const std::string& congestion, int round_trips,
                               Duration bulk);

}  // namespace weir::bench
