// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "pipeline/launch/draft.hpp"
#include "pipeline/launch/settings.hpp"

namespace weir {
namespace {

constexpr std::size_t kMaxStages = 1000;

/// For a kind of a family that nobody knows: what a launch file on another machine may lack.
std::string_view plugin_hint(std::string_view use, const std::vector<std::string>& known) {
  const std::string_view family = use.substr(0, use.find('.') + 1);
  const bool ours =
      family.empty() || std::ranges::any_of(known, [&](const std::string& kind) { return kind.starts_with(family); });
  return ours ? "" : "; where a plug-in brings it, name the plug-in's file under plugins";
}

const StageInfo* find_kind(StageDraft& stage, const Registry& registry, Problems& problems) {
  std::vector<std::string> known;
  for (const StageInfo* info : registry.all()) known.push_back(info->name);
  if (!stage.body->find("use")) {
    problems.add(*stage.key,
                 concat(stage.who(), "key 'use' is missing; name the kind of stage, one of ", join_names(known)));
    return nullptr;
  }
  const auto use = settings::read(stage.body, settings::kUse, stage.who(), problems);
  if (!use) return nullptr;
  const StageInfo* info = registry.find(*use);
  if (!info) {
    problems.add(*stage.body->find("use"), concat(stage.who(), "key 'use': there is no kind of stage ",
                                                  seen_and_known(*use, known), plugin_hint(*use, known)));
  }
  return info;
}

/// Refuses a key that the kind of stage has no use for.
void refuse_key(const StageDraft& stage, std::string_view key, std::string_view why, Problems& problems) {
  const YamlNode* value = stage.body->find(key);
  if (!value) return;
  problems.add(*value, concat(stage.who(), "key '", key, "' is ", describe(*value), ", but ", stage.spec.info->name,
                              " ", why, "; remove the key"));
}

void read_stage_keys(StageDraft& stage, Problems& problems) {
  const auto read = [&](const auto& setting) { return settings::read(stage.body, setting, stage.who(), problems); };
  StageSpec& spec = stage.spec;
  spec.place = read(settings::kPlace) == "cloud" ? Place::cloud : Place::device;
  spec.stop_on_error = read(settings::kOnError) == "stop";
  spec.parallel = static_cast<int>(read(settings::kParallel).value_or(1));
  spec.batch = static_cast<int>(read(settings::kBatch).value_or(1));
  spec.batch_timeout = read(settings::kBatchTimeout).value_or(Duration(0));
  if (!spec.info) return;
  const Execution& execution = spec.info->execution;
  if (execution.concurrency != Concurrency::parallel) {
    refuse_key(stage, "parallel", "makes one call at a time because it keeps state", problems);
  }
  if (!execution.batches) {
    refuse_key(stage, "batch", "takes one frame per call", problems);
    refuse_key(stage, "batch_timeout", "takes one frame per call", problems);
  }
  if (execution.source && spec.place == Place::cloud) {
    refuse_key(stage, "place", "is a source and runs on the device", problems);
  }
}

void read_fallback(StageDraft& stage, LaunchDraft& draft) {
  const auto fallback = settings::read(stage.body, settings::kFallback, stage.who(), draft.problems);
  if (!fallback) return;
  stage.spec.fallback = *fallback;
  const YamlNode& at = *stage.body->find("fallback");
  if (!draft.find(*fallback)) {
    draft.problems.add(
        at, concat(stage.who(), "key 'fallback': there is no stage ", seen_and_known(*fallback, draft.stage_names())));
  } else if (stage.spec.place != Place::cloud) {
    draft.problems.add(at, concat(stage.who(), "key 'fallback' is '", *fallback,
                                  "', but the stage runs on the device; remove the key or set place: cloud"));
  }
}

void read_stage(StageDraft& stage, LaunchDraft& draft, const Registry& registry) {
  Problems& problems = draft.problems;
  if (!is_name(stage.spec.name)) {
    problems.add(*stage.key,
                 concat(stage.who(), "the name must begin with a letter and hold letters, digits, '_' and '-'"));
  }
  if (!stage.body->is_map()) {
    problems.add(*stage.key,
                 concat(stage.who(), "it is ", describe(*stage.body),
                        ", but must be a map with at least the key 'use', such as {use: ingest.synthetic}"));
    draft.broken = true;
    return;
  }
  stage.spec.info = find_kind(stage, registry, problems);
  read_stage_keys(stage, problems);
  if (stage.spec.info)
    read_params(stage, problems);
  else
    draft.broken = true;
}

}  // namespace

void read_stages(LaunchDraft& draft, const Registry& registry) {
  const YamlNode* stages = draft.root.find("stages");
  if (!stages || !stages->is_map() || stages->values.empty()) {
    draft.problems.add(
        stages ? *stages : draft.root,
        concat("key 'stages' is ", stages ? describe(*stages) : "missing",
               ", but must be a map from stage names to stages, such as {camera: {use: ingest.synthetic}}"));
    draft.broken = true;
    return;
  }
  if (stages->keys.size() > kMaxStages) {
    draft.problems.add(*stages, concat("key 'stages' has ", std::to_string(stages->keys.size()),
                                       " stages, but at most ", std::to_string(kMaxStages), " are allowed"));
    draft.broken = true;
    return;
  }
  draft.stages.reserve(stages->keys.size());
  for (std::size_t i = 0; i < stages->keys.size(); ++i) {
    if (draft.find(stages->keys[i].text)) continue;  // a twin, which the YAML reader has reported
    StageDraft& stage = draft.stages.emplace_back();
    stage.key = &stages->keys[i];
    stage.body = &stages->values[i];
    stage.spec.name = stage.key->text;
  }
  for (StageDraft& stage : draft.stages) read_stage(stage, draft, registry);
  for (StageDraft& stage : draft.stages) {
    if (stage.body->is_map()) read_fallback(stage, draft);
    if (stage.spec.info) read_inputs(stage, draft);
  }
}

}  // namespace weir
