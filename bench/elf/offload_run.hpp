// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "kernels/base/status.hpp"
#include "pipeline/payloads.hpp"
#include "pipeline/runtime.hpp"

namespace weir::bench {

/// What a run gave for one frame.
struct OffloadedFrame {
  std::vector<Detection> boxes;  ///< merged, of all scores
  ClassNamesPtr classes;
  Outcome outcome = Outcome::dropped;
  double latency_ms = 0;  ///< from capture to the merged answer
  double pixels = 0;      ///< of all parts that were sent, LRC included, in shares of the frame
};

/// A recording and how it is offloaded.
struct OffloadPlan {
  std::string folder;  ///< for ingest.kitti
  std::string model;   ///< an ONNX detector
  std::string partition = "content";
  int parts = 3;
  std::string codec = "raw";
  double fps = 10;
  std::string deadline = "5 s";
  std::size_t frames = 0;              ///< at most; 0: all
  std::vector<std::string> workers{};  ///< addresses; none: in this process
  bool realtime = false;
  bool learn = true;  ///< what link and workers take; else three equal workers, and runs are alike
  std::function<Result<std::unique_ptr<LinkLoop>>()> make_loop{};
};

/// Registers all built-in stages and those by which a run is watched; `slow_factor` above 1 makes the detectors of this
/// registry so many times slower than they are.
Status register_offload_stages(Registry& registry, double slow_factor = 1);

/// The launch file of a plan: camera, predictor, partition, detector, merge, tracker.
std::string offload_launch(const OffloadPlan& plan);

/// Runs it; frame number -> what came of it.
Result<std::map<std::uint64_t, OffloadedFrame>> run_offloaded(const OffloadPlan& plan, Registry& registry);

}  // namespace weir::bench
