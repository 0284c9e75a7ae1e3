// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "pipeline/registry.hpp"

namespace weir {

/// All about one kind of stage for a terminal: what it does, its ports and its parameters.
std::string describe_stage(const StageInfo& stage);

/// One line for each stage: its name and what it does.
std::string describe_stages(const Registry& registry);

/// The same facts as an indented JSON object, or array for all stages.
std::string stage_json(const StageInfo& stage);
std::string stages_json(const Registry& registry);

/// A JSON schema (draft 7) of launch files that use these stages: completion and checks in an editor.
std::string launch_schema(const Registry& registry);

/// The reference of the launch file and of these stages, in Markdown.
std::string launch_reference(const Registry& registry);

}  // namespace weir
