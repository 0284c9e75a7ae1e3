// SPDX-License-Identifier: Apache-2.0
#include "pipeline/launch/describe.hpp"

#include <algorithm>
#include <array>

#include "pipeline/base/concat.hpp"
#include "pipeline/launch/describe_facts.hpp"
#include "pipeline/launch/values.hpp"

namespace weir {
namespace {

using Row = std::array<std::string, 3>;

/// Rows with their columns aligned, two spaces in.
std::string table(const std::vector<Row>& rows) {
  std::array<std::size_t, 2> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const Row& row : rows) {
    std::string line = "  ";
    for (std::size_t i = 0; i < widths.size(); ++i)
      line += concat(row[i], std::string(widths[i] - row[i].size() + 2, ' '));
    line += row[2];
    line.erase(line.find_last_not_of(' ') + 1);
    out += concat(line, "\n");
  }
  return out;
}

std::string ports_text(std::string_view title, std::span<const PortInfo> ports) {
  if (ports.empty()) return {};
  std::vector<Row> rows;
  for (const PortInfo& port : ports) {
    rows.push_back(
        {std::string(port.name), concat(types_text(port), port.optional ? ", optional" : ""), std::string(port.help)});
  }
  return concat("\n", title, "\n", table(rows));
}

std::string params_text(std::span<const ParamInfo> params) {
  if (params.empty()) return {};
  std::vector<Row> rows;
  for (const ParamInfo& param : params) {
    const std::string rest =
        param.spec.required ? std::string(", required") : concat("; default ", param.default_text());
    rows.push_back({std::string(param.spec.name), concat(takes_text(param), rest),
                    concat(param.spec.help, param.spec.live ? " (live)" : "")});
  }
  return concat("\nParameters\n", table(rows));
}

}  // namespace

std::string types_text(const PortInfo& port) {
  if (port.types.empty()) return "anything";
  std::string text;
  for (const PayloadType* type : port.types) text += concat(text.empty() ? "" : " or ", type->name);
  return text;
}

std::string takes_text(const ParamInfo& param) {
  if (!param.spec.choices.empty()) {
    std::string choices(param.spec.choices);
    std::replace(choices.begin(), choices.end(), '|', ',');
    for (std::size_t at = choices.find(','); at != std::string::npos; at = choices.find(',', at + 2)) {
      choices.replace(at, 1, ", ");
    }
    return choices;
  }
  std::string text = wanted_text(param);
  for (const std::string_view article : {"an ", "a "}) {
    if (text.starts_with(article)) text.erase(0, article.size());
  }
  // The hint on units is for error messages; here the range is enough.
  const std::string_view hint = " with its unit, such as 200 ms or 5 s,";
  if (const std::size_t at = text.find(hint); at != std::string::npos) text.erase(at, hint.size());
  const bool ranged = text.find(" from ") != std::string::npos || text.find(" of at ") != std::string::npos;
  if (!ranged && !param.spec.unit.empty()) text += concat(" in ", param.spec.unit);
  return text;
}

std::string execution_text(const Execution& execution) {
  if (execution.source) return execution.live ? "A live source: frames come at their own pace." : "A source.";
  std::string text = "One call at a time, frames in order.";
  if (execution.concurrency == Concurrency::serial_per_stream) text = "One call at a time for each stream.";
  if (execution.concurrency == Concurrency::parallel)
    text = "Several calls at once with `parallel`; results keep their order.";
  if (execution.batches) text += " Several frames per call with `batch`.";
  return text;
}

std::string describe_stage(const StageInfo& stage) {
  return concat(stage.name, "\n  ", stage.summary, stage.summary.empty() ? "" : "\n  ", execution_text(stage.execution),
                "\n", ports_text("Inputs", stage.inputs), ports_text("Outputs", stage.outputs),
                params_text(stage.params));
}

std::string describe_stages(const Registry& registry) {
  std::vector<Row> rows;
  for (const StageInfo* stage : registry.all()) rows.push_back({stage->name, std::string(stage->summary), ""});
  return table(rows);
}

}  // namespace weir
