// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "pipeline/launch/draft.hpp"
#include "pipeline/launch/settings.hpp"

namespace weir {
namespace {

std::string without_spaces(std::string text) {
  text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
  return text;
}

/// Whether "STAGE" or "STAGE.PORT" means this port of this stage.
bool means(std::string_view text, std::string_view stage, std::string_view port) {
  return text == stage || (text.size() == stage.size() + 1 + port.size() && text.starts_with(stage) &&
                           text[stage.size()] == '.' && text.ends_with(port));
}

bool matches(const LaunchDraft& draft, const EdgeSpec& edge, std::string_view from, std::string_view to) {
  const StageSpec& source = draft.stages[edge.from].spec;
  const StageSpec& target = draft.stages[edge.to].spec;
  return means(from, source.name, source.info->outputs[edge.from_port].name) &&
         means(to, target.name, target.info->inputs[edge.to_port].name);
}

EdgePolicy to_policy(std::string_view text) {
  if (text == "drop_oldest") return EdgePolicy::drop_oldest;
  if (text == "drop_newest") return EdgePolicy::drop_newest;
  return text == "deadline" ? EdgePolicy::deadline : EdgePolicy::wait;
}

void refuse_no_such_edge(LaunchDraft& draft, const YamlNode& key) {
  // With stages or inputs in doubt, this edge may exist once they are right.
  if (draft.broken) return;
  std::vector<std::string> names;
  for (const EdgeSpec& edge : draft.edges) {
    names.push_back(concat(draft.stages[edge.from].spec.name, "->", draft.stages[edge.to].spec.name));
  }
  draft.problems.add(key, concat("edges: there is no edge ", seen_and_known(without_spaces(key.text), names)));
}

void set_edge(LaunchDraft& draft, EdgeSpec& edge, const YamlNode& key, const YamlNode& value) {
  const std::string who = concat("edge '", edge.name, "': ");
  if (edge.feedback != FeedbackKind::none && !value.values.empty()) {
    draft.problems.add(key, concat(who, "a feedback edge holds what its kind needs and never fills; remove its entry"));
    return;
  }
  if (const auto capacity = settings::read(&value, settings::kCapacity, who, draft.problems)) {
    edge.capacity = static_cast<int>(*capacity);
  }
  const auto policy = settings::read(&value, settings::kWhenFull, who, draft.problems);
  if (!policy) return;
  edge.policy = to_policy(*policy);
  if (edge.policy == EdgePolicy::deadline && !draft.root.find("deadline")) {
    draft.problems.add(
        *value.find("when_full"),
        concat(who,
               "key 'when_full' is 'deadline', but the launch file has no deadline; add deadline: 200 ms "
               "at the top, or choose drop_oldest"));
  }
}

void read_entry(LaunchDraft& draft, const YamlNode& key, const YamlNode& value, std::set<std::size_t>& done) {
  const std::string name = without_spaces(key.text);
  const std::size_t arrow = name.find("->");
  if (arrow == std::string::npos) {
    draft.problems.add(key, concat("edges: key '", key.text, "' must be FROM->TO, such as camera->detect"));
    return;
  }
  if (!value.is_map()) {
    draft.problems.add(value, concat("edges: key '", key.text, "' is ", describe(value),
                                     ", but must be a map with capacity, when_full"));
    return;
  }
  refuse_unknown_keys(value, {"capacity", "when_full"}, concat("edges: '", key.text, "': "), draft.problems);
  const std::string_view all = name;
  bool found = false;
  for (std::size_t i = 0; i < draft.edges.size(); ++i) {
    if (!matches(draft, draft.edges[i], all.substr(0, arrow), all.substr(arrow + 2))) continue;
    found = true;
    if (done.insert(i).second) {
      set_edge(draft, draft.edges[i], key, value);
    } else {
      draft.problems.add(key, concat("edges: '", key.text, "' sets edge '", draft.edges[i].name,
                                     "' once more; keep one entry for it"));
    }
  }
  if (!found) refuse_no_such_edge(draft, key);
}

}  // namespace

void read_edges(LaunchDraft& draft) {
  const YamlNode* edges = draft.root.find("edges");
  if (!edges || edges->is_null()) return;
  if (!edges->is_map()) {
    draft.problems.add(*edges,
                       concat("key 'edges' is ", describe(*edges),
                              ", but must be a map, such as {camera->detect: {capacity: 2, when_full: drop_oldest}}"));
    return;
  }
  std::set<std::size_t> done;
  for (std::size_t i = 0; i < edges->keys.size(); ++i) read_entry(draft, edges->keys[i], edges->values[i], done);
}

}  // namespace weir
