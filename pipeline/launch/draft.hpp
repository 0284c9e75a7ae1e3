// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pipeline/base/concat.hpp"
#include "pipeline/graph_spec.hpp"
#include "pipeline/launch/problems.hpp"
#include "pipeline/launch/yaml_tree.hpp"
#include "pipeline/launch_file.hpp"
#include "pipeline/registry.hpp"

namespace weir {

/// One source of one input port as written in `in:`.
struct InputDraft {
  const YamlNode* at = nullptr;  ///< the scalar "STAGE" or "STAGE.PORT"
  std::size_t port = 0;
  FeedbackKind feedback = FeedbackKind::none;
  int lag = 1;
};

struct StageDraft {
  const YamlNode* key = nullptr;
  const YamlNode* body = nullptr;
  StageSpec spec;
  std::vector<InputDraft> inputs;

  std::string who() const { return concat("stage '", spec.name, "': "); }
};

/// A launch file between its text and its graph. The steps below fill it one after the other; each adds what is wrong
/// to `problems` and goes on with what is left.
struct LaunchDraft {
  YamlNode root;
  Problems problems;
  std::vector<StageDraft> stages;        ///< in the order of the file
  std::vector<EdgeSpec> edges;           ///< indices into `stages`
  std::vector<const YamlNode*> edge_at;  ///< one for each edge
  bool broken = false;                   ///< something in the graph's shape is missing, so later checks would mislead
  GraphSpec spec;

  const StageDraft* find(std::string_view name) const;
  std::vector<std::string> stage_names() const;
};

/// An output port.
struct OutputRef {
  std::size_t stage = 0;
  std::size_t port = 0;
};

// The steps, in order.
void apply_overrides(YamlNode& root, const std::vector<Override>& overrides, Problems& problems);
void load_plugins(const YamlNode& root, Registry& registry, Problems& problems);
void read_top(LaunchDraft& draft);
void read_stages(LaunchDraft& draft, const Registry& registry);
void read_params(StageDraft& stage, Problems& problems);
void read_inputs(StageDraft& stage, LaunchDraft& draft);
void apply_to_parts(LaunchDraft& draft);  ///< stages that take frames and are fed parts; before they are connected
void connect_stages(LaunchDraft& draft);
void read_edges(LaunchDraft& draft);
void check_graph(LaunchDraft& draft);
void choose_answer(LaunchDraft& draft);
void sort_stages(LaunchDraft& draft);  ///< only when nothing is wrong
void check_cloud(LaunchDraft& draft);  ///< of a sorted graph
void add_config(LaunchDraft& draft);

/// The output that "STAGE" or "STAGE.PORT" names, or nothing where there is none or the stage is of unknown kind.
std::optional<OutputRef> locate_output(const LaunchDraft& draft, std::string_view text);

/// Resolves "STAGE" or "STAGE.PORT"; what is wrong goes to the problems. Nothing also when the stage is of unknown
/// kind.
std::optional<OutputRef> find_output(LaunchDraft& draft, const YamlNode& at, std::string_view who);

/// The input port that an `in:` without port names means, or nothing when it could be several.
std::optional<std::size_t> default_input(const StageInfo& info);

/// Adds a problem for every key of `map` that is not among `known`.
void refuse_unknown_keys(const YamlNode& map, const std::vector<std::string>& known, std::string_view who,
                         Problems& problems);

/// Names as a launch file may give them: a letter, then letters, digits, '_' and '-'.
bool is_name(std::string_view text);

/// Names of ports.
std::vector<std::string> port_names(std::span<const PortInfo> ports);

}  // namespace weir
