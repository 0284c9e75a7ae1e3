// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/channel/cloud_parts.hpp"
#include "pipeline/clock.hpp"
#include "transport/remote/worker_server.hpp"

namespace weir {

struct PartRunnerOptions {
  int parallel = 1;               ///< calls of run() at a time
  std::size_t most_streams = 64;  ///< streams of all devices that a part with state may serve at a time
  std::function<void(std::string)> warn;
};

/// Runs the stages of one cloud part on a worker, frame by frame. Stages without state are shared by all devices; a
/// part that keeps state is opened anew for each stream of each device. Thread-safe.
class PartRunner {
 public:
  /// Opens the stages of a part without state, so that a model that cannot be loaded is told at once.
  static Result<std::unique_ptr<PartRunner>> create(const GraphSpec& spec, const CloudPart& part,
                                                    PartRunnerOptions options);
  ~PartRunner();  ///< closes all stages

  /// Reads the payloads of a request, takes them through the stages and writes the array of outputs; what a stage did
  /// not put out is nil. Code::invalid: the request is wrong; any other error comes from a stage, with its name.
  Status run(const WorkRequest& request, BodyWriter& outputs);

  void device_gone(DeviceId device);

 private:
  class Chain;
  PartRunner(const GraphSpec& spec, const CloudPart& part, PartRunnerOptions options);
  Result<std::shared_ptr<Chain>> chain_of(const WorkRequest& request);

  const GraphSpec& spec_;
  const CloudPart& part_;
  const PartRunnerOptions options_;
  const std::shared_ptr<Clock> clock_;
  std::shared_ptr<Chain> shared_;  // parts without state
  std::shared_ptr<Chain> spare_;   ///< opened, for the first stream to come; guarded by mutex_
  std::mutex mutex_;
  std::map<std::pair<DeviceId, std::string>, std::shared_ptr<Chain>> chains_;
};

}  // namespace weir
