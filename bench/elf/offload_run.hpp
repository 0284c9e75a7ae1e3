// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "bench/elf/service_times.hpp"
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

/// Parameters of partition.content for parts close round what is surely there: less is sent, and faint and new objects
/// are found later.
inline constexpr const char* kCloseParts = ", find_score: 0.4, find_frames: 3";

/// A recording and how it is offloaded.
struct OffloadPlan {
  std::string folder;  ///< for ingest.kitti
  std::string model;   ///< an ONNX detector
  std::string partition = "content";
  int parts = 3;
  std::string codec = "raw";
  std::string content{};  ///< more parameters of partition.content, each after ", "
  double fps = 10;
  double slowed = 1;  ///< times that the link is slower than it is said to be; for a registry whose stages are so, too
  std::string deadline = "5 s";
  std::size_t frames = 0;              ///< at most; 0: all
  std::vector<std::string> workers{};  ///< addresses; none: in this process
  bool realtime = false;
  bool learn = true;  ///< what link and workers take; else three equal workers, and runs are alike
  std::function<Result<std::unique_ptr<LinkLoop>>()> make_loop{};
};

/// Registers all built-in stages, slowed as register_slow_stages() has it, and the one by which a run is watched.
Status register_offload_stages(Registry& registry, double factor = 1, double detector = 1,
                               const ServiceTimes* service = nullptr);

/// The launch file of a plan: camera, predictor, partition, detector, merge, tracker.
std::string offload_launch(const OffloadPlan& plan);

/// Runs it; frame number -> what came of it.
Result<std::map<std::uint64_t, OffloadedFrame>> run_offloaded(const OffloadPlan& plan, Registry& registry);

}  // namespace weir::bench
