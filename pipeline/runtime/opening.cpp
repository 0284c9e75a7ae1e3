// SPDX-License-Identifier: Apache-2.0
#include "pipeline/runtime/opening.hpp"

#include <fstream>
#include <thread>

#include "pipeline/base/guarded.hpp"

namespace weir {

namespace {

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

bool Opening::is_given(const void* id) const { return core_.spec->given[core_.spec->param_index(id)]; }

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
