// SPDX-License-Identifier: Apache-2.0
#include "pipeline/channel/device_graph.hpp"

#include <algorithm>

#include "pipeline/base/concat.hpp"
#include "pipeline/payloads.hpp"

namespace weir {
namespace {

constexpr std::size_t kGone = RemotePart::kNone;

std::size_t index_in(const std::vector<OutputOf>& list, const OutputOf& output) {
  return static_cast<std::size_t>(std::find(list.begin(), list.end(), output) - list.begin());
}

/// Whether every stage of the part that reads the port could go on without it.
bool is_optional(const GraphSpec& spec, const CloudPart& part, const OutputOf& from) {
  return std::all_of(spec.edges.begin(), spec.edges.end(), [&](const EdgeSpec& edge) {
    const bool crosses =
        OutputOf{edge.from, edge.from_port} == from && std::count(part.stages.begin(), part.stages.end(), edge.to) > 0;
    return !crosses || spec.stages[edge.to].info->inputs[edge.to_port].optional;
  });
}

std::shared_ptr<RemotePart> make_part(const GraphSpec& spec, const CloudPart& part, std::uint32_t service) {
  auto made = std::make_shared<RemotePart>();
  made->name = part.name;
  made->service = service;
  made->ids.resize(part.inputs.size() + part.outputs.size());
  for (std::size_t i = 0; i < part.inputs.size(); ++i) {
    PortInfo port = spec.stages[part.inputs[i].stage].info->outputs[part.inputs[i].port];
    port.optional = is_optional(spec, part, part.inputs[i]);
    port.make_pool = nullptr;
    port.id = &made->ids[i];
    made->inputs.push_back(port);
  }
  for (std::size_t i = 0; i < part.outputs.size(); ++i) {
    PortInfo port = spec.stages[part.outputs[i].stage].info->outputs[part.outputs[i].port];
    port.id = &made->ids[part.inputs.size() + i];
    made->outputs.push_back(port);
  }
  made->info.name = concat("cloud part ", part.name);
  made->info.summary = "Stages that run on a worker.";
  made->info.inputs = made->inputs;
  made->info.outputs = made->outputs;
  made->info.execution = {.concurrency = Concurrency::parallel, .blocking = true};
  made->info.make = nullptr;
  for (const EdgeSpec& edge : spec.edges) {
    const StageSpec& to = spec.stages[edge.to];
    if (edge.to != part.stages.front() || !to.parted || edge.to_port != to.parted->input) continue;
    made->parted = to.parted;
    made->parts_input = index_in(part.inputs, {edge.from, edge.from_port});
  }
  if (part.fallback) {
    made->fallback = spec.stages[*part.fallback];
    made->fallback_inputs.assign(made->fallback->info->inputs.size(), RemotePart::kNone);
    for (const EdgeSpec& edge : spec.edges) {
      if (edge.to != *part.fallback) continue;
      made->fallback_inputs[edge.to_port] = index_in(part.inputs, {edge.from, edge.from_port});
    }
  }
  const bool all_carry = std::all_of(spec.edges.begin(), spec.edges.end(), [&](const EdgeSpec& edge) {
    const bool reads = index_in(part.outputs, {edge.from, edge.from_port}) < part.outputs.size() &&
                       std::count(part.stages.begin(), part.stages.end(), edge.to) == 0;
    return !reads || spec.stages[edge.to].info->execution.carries_forward;
  });
  const bool answers = index_in(part.outputs, {spec.answer_stage, spec.answer_port}) < part.outputs.size();
  // What stands for no answer is an empty list of boxes; other types have none.
  made->carried_forward = all_carry && !answers && part.outputs.size() == 1 &&
                          *made->outputs.front().types.front() == kPayloadType<Detections>;
  return made;
}

/// The new index of each stage, those of a part being equal; kGone for stages that stand by.
class Renumbering {
 public:
  Renumbering(const GraphSpec& spec, const std::vector<CloudPart>& parts, bool remote) : to_(spec.stages.size(), 0) {
    for (const CloudPart& part : parts) {
      if (part.fallback) to_[*part.fallback] = kGone;
    }
    for (std::size_t i = 0; i < to_.size(); ++i) {
      if (to_[i] == kGone) continue;
      const auto part = std::find_if(parts.begin(), parts.end(), [&](const CloudPart& p) {
        return remote && std::count(p.stages.begin(), p.stages.end(), i) > 0;
      });
      if (part != parts.end() && part->stages.front() != i) {
        to_[i] = to_[part->stages.front()];
      } else {
        to_[i] = kept_.size();
        kept_.push_back(i);
      }
    }
  }
  std::size_t operator[](std::size_t old) const { return to_[old]; }
  const std::vector<std::size_t>& kept() const { return kept_; }

 private:
  std::vector<std::size_t> to_, kept_;
};

/// Puts the stages in an order in which each comes after all that feed it.
void sort_topologically(DeviceGraph& graph) {
  GraphSpec& spec = graph.spec;
  std::vector<std::size_t> order;
  std::vector<bool> done(spec.stages.size(), false);
  while (order.size() < spec.stages.size()) {
    const std::size_t before = order.size();
    for (std::size_t i = 0; i < spec.stages.size(); ++i) {
      const bool ready = !done[i] && std::all_of(spec.edges.begin(), spec.edges.end(), [&](const EdgeSpec& edge) {
        return edge.to != i || edge.feedback != FeedbackKind::none || done[edge.from];
      });
      if (!ready) continue;
      done[i] = true;
      order.push_back(i);
    }
    if (order.size() == before) break;  // find_cloud_parts has refused what would make a cycle
  }
  std::vector<std::size_t> place(order.size());
  std::vector<StageSpec> sorted;
  for (std::size_t i = 0; i < order.size(); ++i) {
    place[order[i]] = i;
    sorted.push_back(std::move(spec.stages[order[i]]));
  }
  spec.stages = std::move(sorted);
  for (EdgeSpec& edge : spec.edges) edge.from = place[edge.from], edge.to = place[edge.to];
  for (StreamSpec& stream : spec.streams) stream.source = place[stream.source];
  for (std::size_t& stage : graph.stages) stage = place[stage];
  spec.answer_stage = place[spec.answer_stage];
  if (auto& early = spec.provisional_stage) early = place[*early];
}

StageSpec remote_stage(const GraphSpec& spec, const CloudPart& part, const RemotePart& made) {
  StageSpec stage;
  stage.name = part.name;
  stage.info = &made.info;
  stage.place = Place::cloud;
  stage.stop_on_error = spec.stages[part.stages.front()].stop_on_error;
  stage.parallel = part.in_order ? 1 : spec.cloud.in_flight;
  return stage;
}

}  // namespace

DeviceGraph make_device_graph(const GraphSpec& spec, const std::vector<CloudPart>& parts) {
  DeviceGraph graph;
  graph.spec = spec;
  const bool remote = spec.cloud.remote();
  const Renumbering to(spec, parts, remote);
  if (remote) {
    for (const CloudPart& part : parts) {
      graph.parts.push_back(make_part(spec, part, static_cast<std::uint32_t>(graph.parts.size())));
      graph.stages.push_back(to[part.stages.front()]);
    }
  }
  graph.spec.stages.clear();
  for (const std::size_t old : to.kept()) graph.spec.stages.push_back(spec.stages[old]);
  for (std::size_t p = 0; p < graph.parts.size(); ++p) {
    graph.spec.stages[graph.stages[p]] = remote_stage(spec, parts[p], *graph.parts[p]);
  }
  const auto part_of = [&](std::size_t stage) -> const CloudPart* {
    if (!remote) return nullptr;
    const auto found = std::find_if(parts.begin(), parts.end(), [&](const CloudPart& part) {
      return std::count(part.stages.begin(), part.stages.end(), stage) > 0;
    });
    return found == parts.end() ? nullptr : &*found;
  };
  graph.spec.edges.clear();
  for (EdgeSpec edge : spec.edges) {
    if (to[edge.to] == kGone || to[edge.from] == kGone) continue;
    const CloudPart *from = part_of(edge.from), *into = part_of(edge.to);
    if (from && from == into) continue;
    if (from) edge.from_port = index_in(from->outputs, {edge.from, edge.from_port});
    if (into) edge.to_port = index_in(into->inputs, {edge.from, edge.from_port});
    edge.from = to[edge.from];
    edge.to = to[edge.to];
    const auto twin = std::find_if(graph.spec.edges.begin(), graph.spec.edges.end(), [&](const EdgeSpec& other) {
      return other.from == edge.from && other.from_port == edge.from_port && other.to == edge.to &&
             other.to_port == edge.to_port;
    });
    if (twin == graph.spec.edges.end()) graph.spec.edges.push_back(edge);
  }
  for (StreamSpec& stream : graph.spec.streams) stream.source = to[stream.source];
  if (const CloudPart* part = part_of(spec.answer_stage)) {
    graph.spec.answer_port = index_in(part->outputs, {spec.answer_stage, spec.answer_port});
  }
  graph.spec.answer_stage = to[spec.answer_stage];
  if (auto& early = graph.spec.provisional_stage) {
    early = to[*early];
    if (*early == kGone) early.reset();  // it stands by for a cloud stage, whose answers are told apart by themselves
  }
  sort_topologically(graph);
  return graph;
}

}  // namespace weir
