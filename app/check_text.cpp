// SPDX-License-Identifier: Apache-2.0
#include "app/check_text.hpp"

#include "app/text.hpp"
#include "pipeline/base/format.hpp"

namespace weir::app {
namespace {

std::string stage_line(const StageSpec& stage) {
  std::string line = "  " + stage.name + ": " + stage.info->name;
  if (stage.place == Place::cloud) line += "  place: cloud";
  if (stage.parallel > 1) line += print("  parallel: %d", stage.parallel);
  if (stage.batch > 1) line += print("  batch: %d", stage.batch);
  for (std::size_t i = 0; i < stage.values.size(); ++i) {
    if (!stage.given[i]) continue;
    line += "  " + std::string(stage.info->params[i].spec.name) + ": " + format_value(stage.values[i]);
  }
  return line + "\n";
}

std::string edge_line(const EdgeSpec& edge) {
  std::string line = "  " + edge.name;
  if (edge.feedback == FeedbackKind::newest) line += "  feedback: newest";
  if (edge.feedback == FeedbackKind::lag) line += print("  feedback: lag %d", edge.lag);
  return line + print("  capacity: %d  when_full: %s\n", edge.capacity, std::string(to_string(edge.policy)).c_str());
}

}  // namespace

std::string check_text(const GraphSpec& spec) {
  std::string text = spec.name + ": fine";
  if (spec.deadline) text += "  deadline: " + format_duration(*spec.deadline);
  text += "\nstages\n";
  for (const StageSpec& stage : spec.stages) text += stage_line(stage);
  text += "edges\n";
  for (const EdgeSpec& edge : spec.edges) text += edge_line(edge);
  text += "streams\n";
  for (const StreamSpec& stream : spec.streams) text += "  " + stream.name + "\n";
  const StageSpec& answer = spec.stages[spec.answer_stage];
  text += "answer: " + answer.name + "." + std::string(answer.info->outputs[spec.answer_port].name) + "\n";
  if (!spec.metrics_listen.empty()) text += "metrics: " + spec.metrics_listen + "\n";
  return text + "config sha256: " + spec.config_sha256 + "\n";
}

}  // namespace weir::app
