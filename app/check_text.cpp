// SPDX-License-Identifier: Apache-2.0
#include "app/check_text.hpp"

#include <type_traits>
#include <variant>

#include "app/text.hpp"

namespace weir::app {
namespace {

std::string value_text(const ParamValue& value) {
  return std::visit(
      [](const auto& v) -> std::string {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, bool>)
          return v ? "true" : "false";
        else if constexpr (std::is_same_v<T, std::int64_t>)
          return std::to_string(v);
        else if constexpr (std::is_same_v<T, double>)
          return print("%g", v);
        else if constexpr (std::is_same_v<T, std::string>)
          return v;
        else if constexpr (std::is_same_v<T, Path>)
          return v.value;
        else if constexpr (std::is_same_v<T, Duration>)
          return print("%g ms", std::chrono::duration<double, std::milli>(v).count());
        else {
          std::string list;
          for (const auto& item : v) list += (list.empty() ? "" : ", ") + value_text(ParamValue(item));
          return "[" + list + "]";
        }
      },
      value);
}

std::string stage_line(const StageSpec& stage) {
  std::string line = "  " + stage.name + ": " + stage.info->name;
  if (stage.place == Place::cloud) line += "  place: cloud";
  if (stage.parallel > 1) line += print("  parallel: %d", stage.parallel);
  if (stage.batch > 1) line += print("  batch: %d", stage.batch);
  for (std::size_t i = 0; i < stage.values.size(); ++i) {
    if (!stage.given[i]) continue;
    line += "  " + std::string(stage.info->params[i].spec.name) + ": " + value_text(stage.values[i]);
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
  if (spec.deadline) text += "  deadline: " + value_text(*spec.deadline);
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
