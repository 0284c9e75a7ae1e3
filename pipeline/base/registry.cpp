// SPDX-License-Identifier: Apache-2.0
#include "pipeline/registry.hpp"

#include <algorithm>
#include <utility>

#include "pipeline/launch/keys.hpp"

namespace weir {
namespace {

const PortInfo* find_port(std::span<const PortInfo> ports, std::string_view name) {
  const auto found = std::find_if(ports.begin(), ports.end(), [&](const PortInfo& port) { return port.name == name; });
  return found == ports.end() ? nullptr : &*found;
}

}  // namespace

const PortInfo* StageInfo::input(std::string_view port) const { return find_port(inputs, port); }

const PortInfo* StageInfo::output(std::string_view port) const { return find_port(outputs, port); }

Status Registry::add(StageInfo info) {
  for (const ParamInfo& param : info.params) {
    const std::string_view head = param.spec.name.substr(0, param.spec.name.find('.'));
    if (std::find(kStageKeys.begin(), kStageKeys.end(), head) != kStageKeys.end()) {
      return {Code::invalid, "stage '" + info.name + "': parameter '" + std::string(param.spec.name) +
                                 "' has the name of a launch-file key; rename the parameter"};
    }
  }
  const std::string name = info.name;
  const auto known = stages_.find(name);
  // A plug-in that several launch files of one worker name comes again with each.
  if (known != stages_.end() && known->second.make == info.make) return {};
  if (!stages_.emplace(name, std::move(info)).second) {
    return {Code::invalid, "stage '" + name + "' is registered twice; give one of the two another name"};
  }
  return {};
}

const StageInfo* Registry::find(std::string_view name) const {
  const auto found = stages_.find(name);
  return found == stages_.end() ? nullptr : &found->second;
}

std::vector<const StageInfo*> Registry::all() const {
  std::vector<const StageInfo*> all;
  all.reserve(stages_.size());
  for (const auto& [name, info] : stages_) all.push_back(&info);
  return all;
}

}  // namespace weir
