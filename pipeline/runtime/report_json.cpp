// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>
#include <numeric>

#include "pipeline/report.hpp"

namespace weir {

namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Quantiles& quantiles) {
  return {{"p50", quantiles.p50}, {"p90", quantiles.p90}, {"p99", quantiles.p99}, {"max", quantiles.max}};
}

Json json_of(const FrameCounts& frames) {
  Json json = {{"in", frames.in},       {"full", frames.full},           {"partial", frames.partial},
               {"local", frames.local}, {"predicted", frames.predicted}, {"dropped", Json::object()}};
  for (const auto& [reason, count] : frames.dropped) json["dropped"][reason] = count;
  return json;
}

Json json_of(const StageReport& stage) {
  Json json = {{"count", stage.count},
               {"errors", stage.errors},
               {"busy_ms", json_of(stage.busy_ms)},
               {"queue", {{"max", stage.queue_max}, {"dropped", stage.queue_dropped}}}};
  if (!stage.last_error.empty()) json["last_error"] = stage.last_error;
  return json;
}

Json json_of(const WorkerReport& worker) {
  return {{"name", worker.name},
          {"connected", worker.connected},
          {"results", worker.results},
          {"nacks", worker.nacks},
          {"timeouts", worker.timeouts},
          {"late", worker.late},
          {"service_ms", worker.service_ms},
          {"round_trip_ms", worker.round_trip_ms}};
}

Json json_of(const ControllerReport& controller) {
  Json json = {{"decision_us", json_of(controller.decision_us)}, {"setups", Json::object()}};
  for (const auto& [name, setup] : controller.setups) {
    json["setups"][name] = {{"chosen", setup.chosen},
                            {"answered", setup.answered},
                            {"forecast_bias_ms", setup.forecast_bias_ms},
                            {"forecast_error_ms", json_of(setup.forecast_error_ms)}};
  }
  return json;
}

Json json_of(const AccuracyReport& accuracy) {
  Json json = {
      {"frames", accuracy.frames}, {"objects", accuracy.objects}, {"ap", accuracy.ap}, {"ap50", accuracy.ap50}};
  if (accuracy.streaming_ap) json["streaming_ap"] = *accuracy.streaming_ap;
  if (accuracy.hota) json["hota"] = *accuracy.hota;
  return json;
}

}  // namespace

std::uint64_t FrameCounts::dropped_total() const {
  return std::accumulate(dropped.begin(), dropped.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const auto& entry) { return sum + entry.second; });
}

std::string to_json(const RunReport& report) {
  Json json;
  json["name"] = report.name;
  json["frames"] = json_of(report.frames);
  for (const auto& [name, counts] : report.streams) json["streams"][name] = json_of(counts);
  json["latency_ms"] = json_of(report.latency_ms);
  json["fps"] = report.fps;
  json["seconds"] = report.seconds;
  json["bytes"] = {{"up", report.bytes_up}, {"down", report.bytes_down}};
  json["stages"] = Json::object();
  for (const auto& [name, stage] : report.stages) json["stages"][name] = json_of(stage);
  json["workers"] = Json::object();
  for (const auto& [address, worker] : report.workers) json["workers"][address] = json_of(worker);
  if (report.controller) json["controller"] = json_of(*report.controller);
  if (report.accuracy) json["accuracy"] = json_of(*report.accuracy);
  json["machine"] = {{"cpu", report.machine.cpu},
                     {"cores", report.machine.cores},
                     {"engine", report.machine.engine},
                     {"version", report.machine.version}};
  json["seed"] = report.seed;
  json["config_sha256"] = report.config_sha256;
  return json.dump(2) + "\n";
}

}  // namespace weir
