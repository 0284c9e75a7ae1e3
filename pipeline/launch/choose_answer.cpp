// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "pipeline/launch/draft.hpp"
#include "pipeline/launch/settings.hpp"

namespace weir {
namespace {

/// The edge at the first connected input of the first sink.
const EdgeSpec* edge_to_first_sink(const LaunchDraft& draft) {
  for (std::size_t stage = 0; stage < draft.stages.size(); ++stage) {
    if (!draft.stages[stage].spec.info->name.starts_with("sink.")) continue;
    const EdgeSpec* first = nullptr;
    for (const EdgeSpec& edge : draft.edges) {
      if (edge.to == stage && (!first || edge.to_port < first->to_port)) first = &edge;
    }
    if (first) return first;
  }
  return nullptr;
}

std::optional<OutputRef> find_answer(LaunchDraft& draft) {
  if (draft.root.find("answer")) {
    if (!settings::read(&draft.root, settings::kAnswer, "", draft.problems)) return std::nullopt;
    return find_output(draft, *draft.root.find("answer"), "key 'answer': ");
  }
  if (draft.broken) return std::nullopt;
  if (const EdgeSpec* edge = edge_to_first_sink(draft)) return OutputRef{edge->from, edge->from_port};
  const StageDraft& last = draft.stages.back();
  if (!last.spec.info->outputs.empty()) return OutputRef{draft.stages.size() - 1, 0};
  draft.problems.add(*last.key, concat(last.who(),
                                       "it is the last stage and has no output, and no stage is a sink, so it is "
                                       "open what the answers are; add answer: STAGE.PORT"));
  return std::nullopt;
}

/// Every frame needs its answer, so the answers must cover every stream.
void check_covers_all(LaunchDraft& draft, const OutputRef& answer) {
  std::set<std::size_t> upstream{answer.stage};
  for (bool grown = true; grown;) {
    grown = false;
    for (const EdgeSpec& edge : draft.edges) {
      if (edge.feedback == FeedbackKind::none && upstream.contains(edge.to)) grown |= upstream.insert(edge.from).second;
    }
  }
  std::vector<std::string> missing;
  for (const StreamSpec& stream : draft.spec.streams) {
    if (!upstream.contains(stream.source)) missing.push_back(stream.name);
  }
  if (missing.empty()) return;
  const StageDraft& stage = draft.stages[answer.stage];
  const YamlNode* given = draft.root.find("answer");
  draft.problems.add(
      given ? *given : *stage.key,
      concat("the answers come from ", stage.spec.name, ".", stage.spec.info->outputs[answer.port].name,
             ", which carries nothing of stream ", join_names(missing),
             "; every camera needs answers: let it meet the others at one input, as in: [A, B], or use a launch "
             "file of its own"));
}

void choose_provisional(LaunchDraft& draft) {
  const YamlNode* given = draft.root.find("provisional");
  if (!given || !settings::read(&draft.root, settings::kProvisional, "", draft.problems)) return;
  const std::optional<OutputRef> early = find_output(draft, *given, "key 'provisional': ");
  if (!early || draft.broken) return;
  const StageSpec& stage = draft.stages[early->stage].spec;
  if (stage.place == Place::cloud) {
    draft.problems.add(*given, concat("key 'provisional': stage ", stage.name,
                                      " runs in the cloud; name a stage of the device, whose answers need no link"));
    return;
  }
  draft.spec.provisional_stage = early->stage;
  draft.spec.provisional_port = early->port;
}

}  // namespace

void choose_answer(LaunchDraft& draft) {
  const std::optional<OutputRef> answer = find_answer(draft);
  if (!answer || draft.broken) return;
  draft.spec.answer_stage = answer->stage;
  draft.spec.answer_port = answer->port;
  check_covers_all(draft, *answer);
  choose_provisional(draft);
}

}  // namespace weir
