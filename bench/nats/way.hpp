// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>

#include "kernels/base/status.hpp"

namespace weir::bench {

/// Requests of a device to a worker process over one kind of link.
struct Load {
  std::size_t bytes = std::size_t{64} << 10;  ///< of each request; an answer has 2 KB
  std::size_t paced = 600;                    ///< requests sent one at a time, 60 a second
  std::size_t full = 8000;                    ///< requests sent as fast as four askers can, each waiting for its answer
};

/// Processor time per request.
struct Cost {
  double ends_us = 0;    ///< device and worker, all their threads
  double broker_us = 0;  ///< the process between them
};

/// How it went. Latencies are those of the paced requests, from question to answer.
struct WayFigures {
  double p50_ms = 0, p99_ms = 0;
  double per_second = 0;  ///< at full speed
  Cost paced, full;
};

/// Starts a worker process that listens at the address and does no work, asks it, and ends it. `broker`: process whose
/// time is counted beside; 0: none.
Result<WayFigures> measure_way(const std::string& listen, const Load& load, pid_t broker);

}  // namespace weir::bench
