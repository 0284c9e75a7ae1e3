// SPDX-License-Identifier: Apache-2.0
#include "pipeline/channel/cloud_parts.hpp"

#include <algorithm>
#include <numeric>

#include "pipeline/base/concat.hpp"
#include "pipeline/channel/payload_codec.hpp"
#include "pipeline/payloads.hpp"

namespace weir {
namespace {

bool in_cloud(const GraphSpec& spec, std::size_t stage) { return spec.stages[stage].place == Place::cloud; }

/// For each stage the least index among the cloud stages it is connected to; its own for device stages.
std::vector<std::size_t> components(const GraphSpec& spec) {
  std::vector<std::size_t> root(spec.stages.size());
  std::iota(root.begin(), root.end(), std::size_t{0});
  for (bool changed = true; changed;) {
    changed = false;
    for (const EdgeSpec& edge : spec.edges) {
      if (!in_cloud(spec, edge.from) || !in_cloud(spec, edge.to) || root[edge.from] == root[edge.to]) continue;
      root[edge.from] = root[edge.to] = std::min(root[edge.from], root[edge.to]);
      changed = true;
    }
  }
  return root;
}

void add_once(std::vector<OutputOf>& list, const OutputOf& output) {
  if (std::find(list.begin(), list.end(), output) == list.end()) list.push_back(output);
}

std::optional<std::size_t> find_stage(const GraphSpec& spec, std::string_view name) {
  for (std::size_t i = 0; i < spec.stages.size(); ++i) {
    if (spec.stages[i].name == name) return i;
  }
  return std::nullopt;
}

using Checked = std::optional<PartProblem>;

/// Stages between two stages of one part would wait for a part that waits for them.
Checked check_no_detour(const GraphSpec& spec, const CloudPart& part) {
  std::vector<bool> after(spec.stages.size(), false);  // on the device, fed by the part
  const auto member = [&](std::size_t stage) {
    return std::find(part.stages.begin(), part.stages.end(), stage) != part.stages.end();
  };
  for (bool grown = true; grown;) {  // edges are not sorted
    grown = false;
    for (const EdgeSpec& edge : spec.edges) {
      if (edge.feedback != FeedbackKind::none || member(edge.to) || after[edge.to]) continue;
      if (member(edge.from) || after[edge.from]) after[edge.to] = grown = true;
    }
  }
  for (const EdgeSpec& edge : spec.edges) {
    if (edge.feedback != FeedbackKind::none || !member(edge.to) || !after[edge.from]) continue;
    return PartProblem{spec.stages[edge.to].name, "place",
                       concat("it needs ", spec.stages[edge.from].name, ", which runs on the device after ", part.name,
                              ", a stage that runs in the cloud together with it; place ", spec.stages[edge.from].name,
                              " in the cloud too, or this one on the device")};
  }
  return std::nullopt;
}

std::string how_to_add(const PayloadType& type) {
  return concat(
      ". Where a plug-in brings ", type.name, ": its PayloadTraits need write and read, and ",
      "weir_plugin_register must call add_payload (pipeline/payload_format.hpp); else place the stage on the device");
}

Checked check_payloads(const GraphSpec& spec, const std::vector<OutputOf>& outputs, const std::string& stage) {
  for (const OutputOf& output : outputs) {
    const StageSpec& from = spec.stages[output.stage];
    const PortInfo& port = from.info->outputs[output.port];
    const PayloadType* type = crossing_type(spec, output);
    if (type && find_codec(type->name)) continue;
    return PartProblem{
        stage, "place",
        concat(from.name, ".", port.name, " puts out ", type ? type->name : "packets of any type",
               ", which cannot be sent between processes; what can: ", codec_names(), type ? how_to_add(*type) : "")};
  }
  return std::nullopt;
}

/// Each piece of a frame goes to a worker of its own, so the stage that takes them is alone there.
Checked check_pieces(const GraphSpec& spec, const CloudPart& part) {
  for (const std::size_t index : part.stages) {
    const StageSpec& stage = spec.stages[index];
    if (!stage.parted || part.stages.size() == 1) continue;
    const std::size_t other = part.stages.front() == index ? part.stages[1] : part.stages.front();
    return PartProblem{
        stage.name, "place",
        concat("it works on parts of frames, each on a worker of its own, so ", spec.stages[other].name,
               " cannot run in the cloud together with it; place ", spec.stages[other].name, " on the device")};
  }
  for (const EdgeSpec& edge : spec.edges) {
    const bool into = std::count(part.stages.begin(), part.stages.end(), edge.to) > 0;
    const PortInfo& port = spec.stages[edge.from].info->outputs[edge.from_port];
    if (!into || spec.stages[edge.to].parted || port.types.empty() || !(*port.types.front() == kPayloadType<Parts>))
      continue;
    return PartProblem{spec.stages[edge.to].name, "place",
                       concat("it takes the parts of ", spec.stages[edge.from].name,
                              " all together, which cannot be sent; place it on the device")};
  }
  return std::nullopt;
}

/// Whether the part's inputs and outputs are what the standby stage takes and gives.
Checked check_fallback(const GraphSpec& spec, const CloudPart& part) {
  const std::size_t standby = *part.fallback;
  const StageSpec& stage = spec.stages[standby];
  const std::string who = concat("fallback ", stage.name, " ");
  const auto problem = [&](std::string text) { return PartProblem{part.name, "fallback", concat(who, text)}; };
  if (stage.place == Place::cloud) return problem("runs in the cloud itself; it must run on the device");
  if (stage.info->execution.source) return problem("is a source; it must take what this stage takes");
  if (stage.info->outputs.size() != 1 || part.outputs.size() != 1 ||
      !(*stage.info->outputs[0].types.front() ==
        *spec.stages[part.outputs[0].stage].info->outputs[part.outputs[0].port].types.front())) {
    return problem("must have one output of the type that this stage gives to the device");
  }
  for (const EdgeSpec& edge : spec.edges) {
    if (edge.from == standby) {
      return problem(concat("is read by ", spec.stages[edge.to].name,
                            " itself; a fallback only answers in this stage's place, so let that read this stage"));
    }
    if (edge.to != standby) continue;
    const OutputOf from{edge.from, edge.from_port};
    if (std::find(part.inputs.begin(), part.inputs.end(), from) != part.inputs.end()) continue;
    return problem(concat("reads ", spec.stages[edge.from].name, ".",
                          spec.stages[edge.from].info->outputs[edge.from_port].name,
                          ", which this stage does not read; it can only be given what this stage is given"));
  }
  if (spec.answer_stage == standby) return problem("is named as the answer; name this stage");
  return std::nullopt;
}

Checked check_part(const GraphSpec& spec, const CloudPart& part) {
  if (part.keeps_state && (spec.cloud.workers.size() > 1 || !spec.cloud.workers_file.empty())) {
    return PartProblem{
        part.name, "place",
        "it, or a stage that runs in the cloud with it, keeps state from frame to frame, and frames go "
        "to whichever worker is free; place it on the device, or name one worker only, and no workers_file"};
  }
  for (const EdgeSpec& edge : spec.edges) {
    const bool inside = std::count(part.stages.begin(), part.stages.end(), edge.from) > 0 &&
                        std::count(part.stages.begin(), part.stages.end(), edge.to) > 0;
    if (!inside || edge.feedback == FeedbackKind::none) continue;
    return PartProblem{spec.stages[edge.to].name, "place",
                       "a feedback edge between two cloud stages is not possible; place one of them on the device"};
  }
  if (Checked problem = check_no_detour(spec, part)) return problem;
  if (Checked problem = check_pieces(spec, part)) return problem;
  if (Checked problem = check_payloads(spec, part.inputs, part.name)) return problem;
  if (Checked problem = check_payloads(spec, part.outputs, part.name)) return problem;
  return part.fallback ? check_fallback(spec, part) : std::nullopt;
}

CloudPart collect(const GraphSpec& spec, const std::vector<std::size_t>& root, std::size_t first) {
  CloudPart part;
  part.name = spec.stages[first].name;
  for (std::size_t i = first; i < spec.stages.size(); ++i) {
    if (!in_cloud(spec, i) || root[i] != first) continue;
    part.stages.push_back(i);
    const StageSpec& stage = spec.stages[i];
    const StageInfo& kind = stage.parted ? *stage.parted->whole : *stage.info;
    const bool stateless = kind.execution.concurrency == Concurrency::parallel;
    part.keeps_state = part.keeps_state || !stateless;
    part.in_order = part.in_order || !(stateless || kind.execution.any_order);
    if (!stage.fallback.empty()) part.fallback = find_stage(spec, stage.fallback);
  }
  const auto member = [&](std::size_t stage) { return in_cloud(spec, stage) && root[stage] == first; };
  for (const EdgeSpec& edge : spec.edges) {
    if (!member(edge.from) && member(edge.to)) add_once(part.inputs, {edge.from, edge.from_port});
    if (member(edge.from) && !member(edge.to)) add_once(part.outputs, {edge.from, edge.from_port});
  }
  if (member(spec.answer_stage)) add_once(part.outputs, {spec.answer_stage, spec.answer_port});
  return part;
}

}  // namespace

const PayloadType* crossing_type(const GraphSpec& spec, const OutputOf& output) {
  const StageSpec& from = spec.stages[output.stage];
  // Of parts, the images cross one by one; what comes back for each is what the stage puts out for one.
  const PortInfo& port = (from.parted ? from.parted->whole : from.info)->outputs[output.port];
  if (port.types.empty()) return nullptr;
  return *port.types.front() == kPayloadType<Parts> ? &kPayloadType<Frame> : port.types.front();
}

tl::expected<std::vector<CloudPart>, PartProblem> find_cloud_parts(const GraphSpec& spec) {
  const std::vector<std::size_t> root = components(spec);
  std::vector<CloudPart> parts;
  for (std::size_t i = 0; i < spec.stages.size(); ++i) {
    if (!in_cloud(spec, i) || root[i] != i) continue;
    parts.push_back(collect(spec, root, i));
    if (Checked problem = check_part(spec, parts.back())) return tl::unexpected(std::move(*problem));
  }
  return parts;
}

}  // namespace weir
