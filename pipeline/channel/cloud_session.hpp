// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "pipeline/channel/device_graph.hpp"
#include "pipeline/report.hpp"
#include "pipeline/runtime.hpp"
#include "transport/remote/cloud_client.hpp"

namespace weir {

/// The device's side of a graph that is spread over device and workers: what is left to run here, and the connections.
struct CloudSession {
  DeviceGraph graph;
  std::shared_ptr<CloudClient> client;  ///< null unless CloudSpec::remote()

  /// Adds the workers and the traffic.
  void fill(RunReport& report) const;
};

/// Cuts the graph and connects to its workers; with none, it is only freed of stages that stand by.
Result<CloudSession> open_cloud_session(const GraphSpec& spec, const RunOptions& run);

/// The link options that a launch file's `cloud` section means.
LinkOptions link_options(const CloudSpec& cloud);

}  // namespace weir
