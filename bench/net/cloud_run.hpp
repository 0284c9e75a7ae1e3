// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "bench/cloud/worker_process.hpp"
#include "transport/shaper/shaping_loop.hpp"

namespace weir::bench {

/// What a device asks of a worker process behind a network: 64 KB, 40 times a second (21 Mbit/s), deadline 250 ms.
struct CloudCase {
  Network network;
  Scheme scheme = Scheme::tcp;
  TlsFiles tls{};                    ///< for ShapedNetworks::kFar, where the worker listens in both runs
  std::string congestion = "cubic";  ///< of both sides
  Duration length = std::chrono::seconds(10);
};

/// How its requests ended.
struct CloudRun {
  static constexpr Duration kDeadline = std::chrono::milliseconds(250);

  double asked = 0, results = 0;
  double late = 0;              ///< of which the asking thread knew no outcome shortly after the deadline
  double unaccounted = 0;       ///< that the counters do not agree about
  double latest_ms = 0;         ///< to know an outcome
  std::vector<double> ages_ms;  ///< of the results, from the question on
  double lost_packets = 0;      ///< up; only real ones

  double answered() const { return asked > 0 ? results / asked : 0; }
};

/// Over the kernel's TCP and a shaped path between two networks.
Result<CloudRun> run_over_tun(const CloudCase& run);

/// Over the in-process shaping loop, which knows messages only.
Result<CloudRun> run_in_process(const CloudCase& run);

}  // namespace weir::bench
