// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace weir {

/// Quantiles of a set of times in milliseconds.
struct Quantiles {
  double p50 = 0, p90 = 0, p99 = 0, max = 0;
  std::uint64_t count = 0;
};

/// Frames by how they ended; `in` equals the sum of all others once the run is over.
struct FrameCounts {
  std::uint64_t in = 0, full = 0, partial = 0, local = 0, predicted = 0;
  std::map<std::string, std::uint64_t> dropped;  ///< by reason

  std::uint64_t dropped_total() const;
  std::uint64_t accounted() const { return full + partial + local + predicted + dropped_total(); }
};

struct StageReport {
  std::uint64_t count = 0;  ///< calls of process
  std::uint64_t errors = 0;
  Quantiles busy_ms;  ///< time inside process
  std::uint64_t queue_max = 0;
  std::uint64_t queue_dropped = 0;
  std::string last_error;
};

/// Accuracy against the source's truth, in percent; present only where truth was known.
struct AccuracyReport {
  std::map<std::string, double> ap;              ///< KITTI class -> AP, moderate, 40 recall points
  std::map<std::string, double> ap50;            ///< the same at IoU 0.5
  std::optional<double> streaming_ap;            ///< cars, as ap
  std::optional<double> hota;                    ///< mean over classes with truth; only for tracks
  std::uint64_t frames = 0;                      ///< that were scored
  std::map<std::string, std::uint64_t> objects;  ///< truth objects counted per class
};

struct MachineReport {
  std::string cpu;
  unsigned cores = 0;
  std::string engine;
  std::string version;
};

/// What one cloud worker did for this device.
struct WorkerReport {
  std::string name;  ///< as it calls itself; empty when it was never reached
  bool connected = false;
  std::uint64_t results = 0, nacks = 0, timeouts = 0;
  std::uint64_t late = 0;    ///< answers that came after their frame had its outcome
  double service_ms = 0;     ///< mean time it had a request, its queue included
  double round_trip_ms = 0;  ///< of the link
};

/// What a controller did with one rung of the rate ladder.
struct SetupReport {
  std::uint64_t chosen = 0;
  std::uint64_t answered = 0;
  double forecast_bias_ms = 0;  ///< median of actual time less forecast
  Quantiles forecast_error_ms;  ///< sizes of these differences
};

/// The decisions of a run's controllers.
struct ControllerReport {
  Quantiles decision_us;
  std::map<std::string, SetupReport> setups;  ///< by name of the rung; "none": nothing was sent
};

/// What a run did; the keys of its JSON form are stable (design section 7).
struct RunReport {
  std::string name;
  FrameCounts frames;
  std::map<std::string, FrameCounts> streams;
  Quantiles latency_ms;  ///< capture to answer; outside real time, entry to answer
  double fps = 0;
  double seconds = 0;
  std::uint64_t bytes_up = 0, bytes_down = 0;
  std::map<std::string, StageReport> stages;
  std::map<std::string, WorkerReport> workers;  ///< by address
  std::optional<ControllerReport> controller;
  std::optional<AccuracyReport> accuracy;
  MachineReport machine;
  std::uint64_t seed = 0;
  std::string config_sha256;
};

/// The report as indented JSON.
std::string to_json(const RunReport& report);

}  // namespace weir
