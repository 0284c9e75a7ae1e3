// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "pipeline/launch/draft.hpp"

namespace weir {
namespace {

using StreamSet = std::set<StreamId>;

/// Names the stages of one cycle that no feedback edge opens, if there is one.
class CycleFinder {
 public:
  explicit CycleFinder(LaunchDraft& draft) : draft_(draft), state_(draft.stages.size(), State::fresh) {}

  /// Indices into the draft's edges; empty when there is none.
  std::vector<std::size_t> find() {
    for (std::size_t stage = 0; stage < state_.size(); ++stage) {
      if (state_[stage] == State::fresh && visit(stage)) return path_;
    }
    return {};
  }

 private:
  enum class State { fresh, open, closed };

  /// Iterative, because a file may hold thousands of stages in a row.
  bool visit(std::size_t start) {
    std::vector<std::pair<std::size_t, std::size_t>> stack{{start, 0}};  // stage, next edge to look at
    state_[start] = State::open;
    while (!stack.empty()) {
      const std::size_t stage = stack.back().first;
      const std::size_t edge = next_edge(stage, stack.back().second);
      if (edge == draft_.edges.size()) {
        state_[stage] = State::closed;
        stack.pop_back();
        if (!path_.empty()) path_.pop_back();
        continue;
      }
      stack.back().second = edge + 1;
      const std::size_t next = draft_.edges[edge].to;
      if (state_[next] == State::closed) continue;
      path_.push_back(edge);
      if (state_[next] == State::open) {
        cut_path_to_cycle(next);
        return true;
      }
      state_[next] = State::open;
      stack.emplace_back(next, 0);
    }
    return false;
  }

  std::size_t next_edge(std::size_t stage, std::size_t edge) const {
    while (edge < draft_.edges.size() &&
           (draft_.edges[edge].from != stage || draft_.edges[edge].feedback != FeedbackKind::none)) {
      ++edge;
    }
    return edge;
  }

  void cut_path_to_cycle(std::size_t first_stage) {
    const auto begin = std::find_if(path_.begin(), path_.end(),
                                    [&](std::size_t edge) { return draft_.edges[edge].from == first_stage; });
    path_.erase(path_.begin(), begin);
  }

  LaunchDraft& draft_;
  std::vector<State> state_;
  std::vector<std::size_t> path_;
};

bool report_cycle(LaunchDraft& draft) {
  const std::vector<std::size_t> cycle = CycleFinder(draft).find();
  if (cycle.empty()) return false;
  std::string stages = draft.stages[draft.edges[cycle.front()].from].spec.name;
  for (const std::size_t edge : cycle) stages += concat(" -> ", draft.stages[draft.edges[edge].to].spec.name);
  const EdgeSpec& last = draft.edges[cycle.back()];
  const StageDraft& target = draft.stages[last.to];
  draft.problems.add(*draft.edge_at[cycle.back()],
                     concat(target.who(), "the stages ", stages,
                            " feed each other in a cycle; declare one of its edges feedback, for example in: {",
                            target.spec.info->inputs[last.to_port].name, ": {from: ", draft.edge_at[cycle.back()]->text,
                            ", feedback: newest}}"));
  draft.broken = true;
  return true;
}

/// Stages in an order in which each comes after all that feed it, feedback aside; ties in the order of the file.
std::vector<std::size_t> topological_order(const LaunchDraft& draft) {
  std::vector<int> waits(draft.stages.size(), 0);
  for (const EdgeSpec& edge : draft.edges) {
    if (edge.feedback == FeedbackKind::none) ++waits[edge.to];
  }
  std::set<std::size_t> ready;
  for (std::size_t i = 0; i < waits.size(); ++i) {
    if (waits[i] == 0) ready.insert(i);
  }
  std::vector<std::size_t> order;
  while (!ready.empty()) {
    const std::size_t stage = *ready.begin();
    ready.erase(ready.begin());
    order.push_back(stage);
    for (const EdgeSpec& edge : draft.edges) {
      if (edge.from == stage && edge.feedback == FeedbackKind::none && --waits[edge.to] == 0) ready.insert(edge.to);
    }
  }
  return order;
}

std::string stream_names(const LaunchDraft& draft, const StreamSet& streams) {
  std::vector<std::string> names;
  for (const StreamId id : streams) names.push_back(draft.spec.streams[id].name);
  return join_names(names);
}

/// Finds which streams cross which edge, and refuses joins that would wait for frames that never come.
class StreamCheck {
 public:
  explicit StreamCheck(LaunchDraft& draft) : draft_(draft), of_stage_(draft.stages.size()) {}

  void run() {
    add_sources();
    for (const std::size_t stage : topological_order(draft_)) join(stage);
    for (std::size_t i = 0; i < draft_.edges.size(); ++i) {
      EdgeSpec& edge = draft_.edges[i];
      edge.streams.assign(of_stage_[edge.from].begin(), of_stage_[edge.from].end());
      if (edge.feedback != FeedbackKind::none && !draft_.broken)
        check_extra(i, of_stage_[edge.from], of_stage_[edge.to]);
    }
  }

 private:
  void add_sources() {
    for (std::size_t i = 0; i < draft_.stages.size(); ++i) {
      const StageSpec& stage = draft_.stages[i].spec;
      if (!stage.info->execution.source) continue;
      of_stage_[i].insert(static_cast<StreamId>(draft_.spec.streams.size()));
      draft_.spec.streams.push_back({stage.name, i});
    }
    if (!draft_.spec.streams.empty()) return;
    draft_.problems.add(
        *draft_.root.find("stages"),
        "no stage is a source, so no frame would ever enter; add one, such as camera: {use: ingest.synthetic}");
    draft_.broken = true;
  }

  /// What arrives at one input port from all edges that meet there.
  StreamSet at_port(std::size_t stage, std::size_t port, bool& connected) {
    StreamSet all;
    for (std::size_t i = 0; i < draft_.edges.size(); ++i) {
      const EdgeSpec& edge = draft_.edges[i];
      if (edge.to != stage || edge.to_port != port || edge.feedback != FeedbackKind::none) continue;
      connected = true;
      StreamSet twice;
      for (const StreamId id : of_stage_[edge.from]) {
        if (!all.insert(id).second) twice.insert(id);
      }
      if (twice.empty()) continue;
      const StageDraft& target = draft_.stages[stage];
      draft_.problems.add(*draft_.edge_at[i], concat(target.who(), "input '", target.spec.info->inputs[port].name,
                                                     "' gets stream ", stream_names(draft_, twice),
                                                     " more than once, the second time from '", draft_.edge_at[i]->text,
                                                     "'; edges that meet at one input must carry different streams"));
    }
    return all;
  }

  void join(std::size_t stage) {
    const StageDraft& target = draft_.stages[stage];
    const std::span<const PortInfo> ports = target.spec.info->inputs;
    if (target.spec.info->execution.source) return;
    std::vector<StreamSet> arriving(ports.size());
    std::vector<bool> connected(ports.size());
    std::optional<std::size_t> lead;  // the port that says which frames the stage is called for
    for (std::size_t port = 0; port < ports.size(); ++port) {
      bool any = false;
      arriving[port] = at_port(stage, port, any);
      connected[port] = any;
      if (any && (!lead || (ports[*lead].optional && !ports[port].optional))) lead = port;
    }
    if (!lead) {
      draft_.problems.add(
          *target.key, concat(target.who(), "nothing but feedback feeds it, so it would never run; connect in: STAGE"));
      draft_.broken = true;
      return;
    }
    of_stage_[stage] = arriving[*lead];
    for (std::size_t port = 0; port < ports.size(); ++port) {
      if (connected[port] && port != *lead) compare(stage, *lead, port, arriving);
    }
  }

  /// An optional input may carry fewer streams: its place stays empty for the others.
  void compare(std::size_t stage, std::size_t lead, std::size_t port, const std::vector<StreamSet>& arriving) {
    const StreamSet& wanted = arriving[lead];
    const StreamSet& seen = arriving[port];
    const std::span<const PortInfo> ports = draft_.stages[stage].spec.info->inputs;
    const bool fits =
        ports[port].optional ? std::includes(wanted.begin(), wanted.end(), seen.begin(), seen.end()) : seen == wanted;
    if (fits) return;
    const StageDraft& target = draft_.stages[stage];
    draft_.problems.add(
        *target.key,
        concat(target.who(), "input '", ports[lead].name, "' carries streams ", stream_names(draft_, wanted),
               ", but input '", ports[port].name, "' carries ", stream_names(draft_, seen),
               ", and a frame that comes at one of them only would wait for ever; feed both from the same cameras"));
  }

  void check_extra(std::size_t edge, const StreamSet& from, const StreamSet& to) {
    if (std::includes(to.begin(), to.end(), from.begin(), from.end())) return;
    const StageDraft& target = draft_.stages[draft_.edges[edge].to];
    draft_.problems.add(*draft_.edge_at[edge],
                        concat(target.who(), "feedback from '", draft_.edge_at[edge]->text, "' carries streams ",
                               stream_names(draft_, from), ", but the stage only sees ", stream_names(draft_, to),
                               "; feed both from the same cameras"));
  }

  LaunchDraft& draft_;
  std::vector<StreamSet> of_stage_;
};

/// Refuses stages that wait, at a required input, for a packet that exists only after they have run.
void check_first_frames(LaunchDraft& draft) {
  std::vector<bool> runs(draft.stages.size(), false);
  const auto fed = [&](std::size_t stage, std::size_t port) {
    return std::any_of(draft.edges.begin(), draft.edges.end(), [&](const EdgeSpec& edge) {
      return edge.to == stage && edge.to_port == port && runs[edge.from];
    });
  };
  const auto starved_port = [&](std::size_t stage) {
    const std::span<const PortInfo> ports = draft.stages[stage].spec.info->inputs;
    std::size_t port = 0;
    while (port < ports.size() && (ports[port].optional || fed(stage, port))) ++port;
    return port;
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t stage = 0; stage < runs.size(); ++stage) {
      if (runs[stage] || starved_port(stage) < draft.stages[stage].spec.info->inputs.size()) continue;
      runs[stage] = changed = true;
    }
  }
  for (std::size_t i = 0; i < draft.edges.size(); ++i) {
    const EdgeSpec& edge = draft.edges[i];
    if (edge.feedback == FeedbackKind::none || runs[edge.to] || starved_port(edge.to) != edge.to_port) continue;
    const StageDraft& target = draft.stages[edge.to];
    draft.problems.add(
        *draft.edge_at[i],
        concat(target.who(), "input '", target.spec.info->inputs[edge.to_port].name,
               "' is required, but its feedback from '", draft.edge_at[i]->text,
               "' begins only after the stage has run, so it never would; feed back into an optional input"));
  }
}

}  // namespace

void check_graph(LaunchDraft& draft) {
  if (report_cycle(draft) || draft.broken) return;
  StreamCheck(draft).run();
  if (!draft.broken) check_first_frames(draft);
}

void sort_stages(LaunchDraft& draft) {
  const std::vector<std::size_t> order = topological_order(draft);
  std::vector<std::size_t> place(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = i;
  for (const std::size_t stage : order) draft.spec.stages.push_back(draft.stages[stage].spec);
  for (EdgeSpec& edge : draft.edges) {
    edge.from = place[edge.from];
    edge.to = place[edge.to];
  }
  for (StreamSpec& stream : draft.spec.streams) stream.source = place[stream.source];
  draft.spec.answer_stage = place[draft.spec.answer_stage];
  if (auto& early = draft.spec.provisional_stage) early = place[*early];
  draft.spec.edges = draft.edges;
}

}  // namespace weir
