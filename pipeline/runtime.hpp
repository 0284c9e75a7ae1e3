// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernels/base/status.hpp"
#include "pipeline/clock.hpp"
#include "pipeline/graph_spec.hpp"
#include "pipeline/report.hpp"
#include "transport/link/link.hpp"

namespace weir {

/// How to run a graph.
struct RunOptions {
  bool realtime = false;  ///< recordings come at their own pace and deadlines hold; else as fast as they go
  std::optional<std::uint64_t> frames{};  ///< per stream, then end of stream
  std::optional<Duration> duration{};
  std::uint64_t seed = 1;
  std::string record_dir{};                  ///< where to record the run; empty = not
  std::string replay_dir{};                  ///< recording whose decisions this run repeats; empty = none
  Duration drain = std::chrono::seconds(2);  ///< how long a stop waits for frames in flight
  std::function<void(std::string)> warn{};   ///< gets what users should see; may be called from any thread
  std::function<Result<std::unique_ptr<LinkLoop>>()> make_loop{};  ///< of the connections to workers; empty: sockets
};

/// A running graph. start, wait and the destructor belong to one thread; stop, abort and snapshot are thread-safe.
class Runtime {
 public:
  /// Builds the oneTBB graph; opens no stage yet. Without `clock`, steady time.
  static Result<std::unique_ptr<Runtime>> create(GraphSpec spec, RunOptions options,
                                                 std::shared_ptr<Clock> clock = nullptr);
  ~Runtime();

  /// Opens all stages, then the sources begin.
  Status start();

  /// Blocks until every frame has its outcome and all stages are closed; the first error of a stage that must stop the
  /// run, of a close, or of the accounting.
  Status wait();

  /// Asks the sources to end; what is in flight may finish for RunOptions::drain. Safe in a signal-handling thread.
  void stop();

  /// Ends at once; frames in flight become dropped(stopped). Stages are still closed.
  void abort();

  /// Counters and quantiles as of now.
  RunReport snapshot() const;

  /// What controllers chose for each frame, with forecasts and what happened: JSON lines; empty without controllers.
  std::string decisions() const;

  /// The graph as built, for Graphviz.
  std::string dot() const;

  /// All sources have delivered a frame.
  bool ready() const;

 private:
  Runtime();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A checked graph for Graphviz, without running it.
std::string to_dot(const GraphSpec& spec);

}  // namespace weir
