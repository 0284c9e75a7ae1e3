// SPDX-License-Identifier: Apache-2.0
#include "pipeline/runtime/opening.hpp"

#include <exception>
#include <fstream>
#include <thread>

namespace weir {

namespace {

template <typename Call>
Status guarded(Call&& call) {
  try {
    return call();
  } catch (const std::exception& error) {
    return {Code::internal, std::string("threw: ") + error.what()};
  }
}

std::string cpu_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.rfind("model name", 0) != 0) continue;
    const auto colon = line.find(':');
    if (colon != std::string::npos && colon + 2 <= line.size()) return line.substr(colon + 2);
  }
  return "unknown";
}

}  // namespace

Opening::Opening(StageCore& core) : core_(core) {
  for (const StreamSpec& stream : core.run->spec.streams) streams_.push_back(stream.name);
}

std::uint64_t Opening::seed() const { return derive_seed(core_.run->options.seed, core_.spec->name); }

void Opening::warn(std::string text) { core_.run->warn("stage " + core_.spec->name + ": " + std::move(text)); }

bool Opening::is_given(const void* id) const {
  const auto params = core_.spec->info->params;
  for (std::size_t i = 0; i < params.size(); ++i) {
    if (params[i].id == id) return core_.spec->given[i];
  }
  return false;
}

Status open_stage(Stage& stage, OpenContext& context) {
  return guarded([&] { return stage.open(context); });
}

Status close_stage(Stage& stage) {
  return guarded([&] { return stage.close(); });
}

MachineReport machine_report() {
  static const std::string cpu = cpu_name();
  MachineReport report;
  report.cpu = cpu;
  report.cores = std::thread::hardware_concurrency();
  return report;
}

}  // namespace weir
