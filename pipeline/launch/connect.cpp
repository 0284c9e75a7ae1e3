// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "pipeline/launch/draft.hpp"

namespace weir {
namespace {

std::string type_names(const PortInfo& port) {
  std::vector<std::string> names;
  for (const PayloadType* type : port.types) names.emplace_back(type->name);
  return names.empty() ? "any" : join_names(names);
}

bool types_fit(const PortInfo& output, const PortInfo& input) {
  if (output.types.empty() || input.types.empty()) return true;
  return std::any_of(input.types.begin(), input.types.end(),
                     [&](const PayloadType* type) { return *type == *output.types.front(); });
}

/// Outputs of all stages that would fit the input, for the reader who has to choose another.
std::string fitting_outputs(const LaunchDraft& draft, const PortInfo& input) {
  std::vector<std::string> names;
  for (const StageDraft& stage : draft.stages) {
    if (!stage.spec.info) continue;
    for (const PortInfo& output : stage.spec.info->outputs) {
      if (types_fit(output, input)) names.push_back(concat(stage.spec.name, ".", output.name));
    }
  }
  return names.empty() ? "no stage of this file puts that out" : concat("outputs that fit: ", join_names(names));
}

void connect(LaunchDraft& draft, std::size_t to, const InputDraft& input) {
  const StageDraft& target = draft.stages[to];
  const PortInfo& in = target.spec.info->inputs[input.port];
  const std::string who = concat(target.who(), "input '", in.name, "': ");
  const std::size_t problems = draft.problems.size();
  const std::optional<OutputRef> from = find_output(draft, *input.at, who);
  if (!from) {
    draft.broken = true;
    return;
  }
  const StageDraft& source = draft.stages[from->stage];
  const PortInfo& out = source.spec.info->outputs[from->port];
  if (!types_fit(out, in)) {
    draft.problems.add(*input.at, concat(who, "it takes ", type_names(in), ", but ", source.spec.name, ".", out.name,
                                         " puts out ", type_names(out), "; ", fitting_outputs(draft, in)));
  }
  const auto is_twin = [&](const EdgeSpec& edge) {
    return edge.from == from->stage && edge.from_port == from->port && edge.to == to && edge.to_port == input.port;
  };
  if (std::any_of(draft.edges.begin(), draft.edges.end(), is_twin)) {
    draft.problems.add(*input.at, concat(who, "'", input.at->text, "' is connected twice; keep one"));
  }
  if (draft.problems.size() != problems) {
    draft.broken = true;
    return;
  }
  EdgeSpec edge;
  edge.from = from->stage;
  edge.from_port = from->port;
  edge.to = to;
  edge.to_port = input.port;
  edge.feedback = input.feedback;
  edge.lag = input.lag;
  edge.name = concat(source.spec.name, ".", out.name, " -> ", target.spec.name, ".", in.name);
  draft.edges.push_back(std::move(edge));
  draft.edge_at.push_back(input.at);
}

void check_required(LaunchDraft& draft, const StageDraft& stage) {
  const std::span<const PortInfo> ports = stage.spec.info->inputs;
  const YamlNode* in = stage.body->find("in");
  for (std::size_t port = 0; port < ports.size(); ++port) {
    const bool connected = std::any_of(stage.inputs.begin(), stage.inputs.end(),
                                       [&](const InputDraft& input) { return input.port == port; });
    if (connected || ports[port].optional) continue;
    // An `in` that could not be read has been reported; this port may be in it.
    if (in && !in->is_null() && stage.inputs.empty()) continue;
    draft.problems.add(*stage.key,
                       concat(stage.who(), "input '", ports[port].name, "' is required but not connected; it takes ",
                              type_names(ports[port]), "; ", fitting_outputs(draft, ports[port])));
    draft.broken = true;
  }
}

}  // namespace

void connect_stages(LaunchDraft& draft) {
  apply_to_parts(draft);
  for (std::size_t to = 0; to < draft.stages.size(); ++to) {
    if (!draft.stages[to].spec.info) continue;
    for (const InputDraft& input : draft.stages[to].inputs) connect(draft, to, input);
    check_required(draft, draft.stages[to]);
  }
}

}  // namespace weir
