// SPDX-License-Identifier: Apache-2.0
#include "pipeline/channel/cloud_parts.hpp"
#include "pipeline/launch/draft.hpp"

namespace weir {

void check_cloud(LaunchDraft& draft) {
  const auto parts = find_cloud_parts(draft.spec);
  if (parts) return;
  const PartProblem& problem = parts.error();
  const StageDraft& stage = *draft.find(problem.stage);
  const YamlNode* value = stage.body->find(problem.key);
  draft.problems.add(value ? *value : *stage.key, concat(stage.who(), "key '", problem.key, "': ", problem.text));
}

}  // namespace weir
