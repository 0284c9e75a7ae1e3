// SPDX-License-Identifier: Apache-2.0
#include "pipeline/base/concat.hpp"
#include "pipeline/runtime.hpp"

namespace weir {

std::string_view to_string(EdgePolicy policy) {
  switch (policy) {
    case EdgePolicy::wait:
      return "wait";
    case EdgePolicy::drop_oldest:
      return "drop_oldest";
    case EdgePolicy::drop_newest:
      return "drop_newest";
    case EdgePolicy::deadline:
      return "deadline";
  }
  return "wait";
}

namespace {

/// Names come from files and plug-ins: nothing in them may end the quoted text.
std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || (c == '\\')) out += '\\';
    out += c;
  }
  return out + '"';
}

std::string edge_label(const GraphSpec& spec, const EdgeSpec& edge) {
  const std::string port(spec.stages[edge.from].info->outputs[edge.from_port].name);
  switch (edge.feedback) {
    case FeedbackKind::newest:
      return concat(port, ", newest");
    case FeedbackKind::lag:
      return concat(port, ", lag ", std::to_string(edge.lag));
    case FeedbackKind::none:
      break;
  }
  return concat(port, ", ", std::to_string(edge.capacity), " ", to_string(edge.policy));
}

}  // namespace

std::string to_dot(const GraphSpec& spec) {
  std::string out = concat("digraph ", in_quotes(spec.name), " {\n  rankdir=LR;\n  node [shape=box, fontname=sans];\n",
                           "  edge [fontname=sans, fontsize=10];\n");
  for (std::size_t i = 0; i < spec.stages.size(); ++i) {
    const StageSpec& stage = spec.stages[i];
    std::string label = in_quotes(concat(stage.name, "\n", stage.info->name));
    for (std::size_t at = label.find('\n'); at != std::string::npos; at = label.find('\n')) label.replace(at, 1, "\\n");
    out += concat("  ", in_quotes(stage.name), " [label=", label, stage.place == Place::cloud ? ", style=dashed" : "",
                  i == spec.answer_stage ? ", peripheries=2" : "", "];\n");
  }
  for (const EdgeSpec& edge : spec.edges) {
    const bool feedback = edge.feedback != FeedbackKind::none;
    out += concat("  ", in_quotes(spec.stages[edge.from].name), " -> ", in_quotes(spec.stages[edge.to].name),
                  " [label=", in_quotes(edge_label(spec, edge)), feedback ? ", style=dotted, constraint=false" : "",
                  "];\n");
  }
  return out + "}\n";
}

}  // namespace weir
