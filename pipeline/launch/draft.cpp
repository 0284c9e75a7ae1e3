// SPDX-License-Identifier: Apache-2.0
#include "pipeline/launch/draft.hpp"

#include <algorithm>

namespace weir {

const StageDraft* LaunchDraft::find(std::string_view name) const {
  const auto found =
      std::find_if(stages.begin(), stages.end(), [&](const StageDraft& stage) { return stage.spec.name == name; });
  return found == stages.end() ? nullptr : &*found;
}

std::vector<std::string> LaunchDraft::stage_names() const {
  std::vector<std::string> names;
  for (const StageDraft& stage : stages) names.push_back(stage.spec.name);
  return names;
}

std::vector<std::string> port_names(std::span<const PortInfo> ports) {
  std::vector<std::string> names;
  for (const PortInfo& port : ports) names.emplace_back(port.name);
  return names;
}

std::optional<OutputRef> locate_output(const LaunchDraft& draft, std::string_view text) {
  const std::size_t dot = text.find('.');
  const StageDraft* stage = draft.find(text.substr(0, dot));
  if (!stage || !stage->spec.info || stage->spec.info->outputs.empty()) return std::nullopt;
  const auto index = static_cast<std::size_t>(stage - draft.stages.data());
  if (dot == std::string_view::npos) return OutputRef{index, 0};
  const PortInfo* port = stage->spec.info->output(text.substr(dot + 1));
  if (!port) return std::nullopt;
  return OutputRef{index, static_cast<std::size_t>(port - stage->spec.info->outputs.data())};
}

std::optional<OutputRef> find_output(LaunchDraft& draft, const YamlNode& at, std::string_view who) {
  if (const auto found = locate_output(draft, at.text)) return found;
  const std::size_t dot = at.text.find('.');
  const std::string stage_name = at.text.substr(0, dot);
  const StageDraft* stage = draft.find(stage_name);
  if (!stage) {
    draft.problems.add(at, concat(who, "there is no stage ", seen_and_known(stage_name, draft.stage_names())));
    return std::nullopt;
  }
  const StageInfo* info = stage->spec.info;
  if (!info) return std::nullopt;
  if (info->outputs.empty()) {
    draft.problems.add(at,
                       concat(who, "stage '", stage_name, "' (", info->name, ") has no outputs; name another stage"));
  } else {
    draft.problems.add(at, concat(who, "stage '", stage_name, "' (", info->name, ") has no output ",
                                  seen_and_known(at.text.substr(dot + 1), port_names(info->outputs))));
  }
  return std::nullopt;
}

std::optional<std::size_t> default_input(const StageInfo& info) {
  const auto required = [](const PortInfo& port) { return !port.optional; };
  const auto count = std::count_if(info.inputs.begin(), info.inputs.end(), required);
  if (info.inputs.empty() || count > 1) return std::nullopt;
  if (count == 0) return 0;
  return static_cast<std::size_t>(std::find_if(info.inputs.begin(), info.inputs.end(), required) - info.inputs.begin());
}

void refuse_unknown_keys(const YamlNode& map, const std::vector<std::string>& known, std::string_view who,
                         Problems& problems) {
  for (const YamlNode& key : map.keys) {
    if (std::find(known.begin(), known.end(), key.text) != known.end()) continue;
    problems.add(key, concat(who, "unknown key ", seen_and_known(key.text, known)));
  }
}

bool is_name(std::string_view text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto is_inner = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-'; };
  return !text.empty() && is_letter(text.front()) && std::all_of(text.begin(), text.end(), is_inner);
}

}  // namespace weir
