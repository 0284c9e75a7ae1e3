// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "pipeline/launch/draft.hpp"
#include "pipeline/payloads.hpp"

namespace weir {
namespace {

bool takes_parts(const PortInfo& input) {
  return input.types.empty() || std::any_of(input.types.begin(), input.types.end(),
                                            [](const PayloadType* type) { return *type == kPayloadType<Parts>; });
}

/// Whether an output of Parts is named; what is wrong with the name is told when it is connected.
bool names_parts(const LaunchDraft& draft, std::string_view text) {
  const auto output = locate_output(draft, text);
  if (!output) return false;
  const PortInfo& port = draft.stages[output->stage].spec.info->outputs[output->port];
  return !port.types.empty() && *port.types.front() == kPayloadType<Parts>;
}

void apply(StageDraft& stage, const InputDraft& input, Problems& problems) {
  const std::string who = concat(stage.who(), "input '", stage.spec.info->inputs[input.port].name, "': ");
  if (const std::string_view obstacle = parted_obstacle(*stage.spec.info); !obstacle.empty()) {
    problems.add(*input.at, concat(who, "'", input.at->text, "' puts out parts of frames, but ", stage.spec.info->name,
                                   " ", obstacle, "; feed it whole frames"));
    return;
  }
  if (stage.spec.batch > 1) {
    problems.add(*input.at,
                 concat(who, "'", input.at->text, "' puts out parts of frames, and the stage has batch: ",
                        std::to_string(stage.spec.batch), "; a call takes one part, so remove the key 'batch'"));
    return;
  }
  const auto parted = make_parted(*stage.spec.info, input.port);
  stage.spec.parted = parted;
  stage.spec.info = &parted->info;
  stage.spec.make = [parted] { return make_each_part_stage(parted); };
}

}  // namespace

void apply_to_parts(LaunchDraft& draft) {
  for (StageDraft& stage : draft.stages) {
    if (!stage.spec.info) continue;
    for (const InputDraft& input : stage.inputs) {
      const PortInfo& port = stage.spec.info->inputs[input.port];
      if (stage.spec.parted || takes_parts(port) || !takes_frames(port) || !names_parts(draft, input.at->text))
        continue;
      apply(stage, input, draft.problems);
    }
  }
}

}  // namespace weir
