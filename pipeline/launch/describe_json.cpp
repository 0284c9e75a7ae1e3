// SPDX-License-Identifier: Apache-2.0
#include "pipeline/launch/describe_json.hpp"

#include <cmath>

#include "pipeline/base/format.hpp"
#include "pipeline/launch/describe.hpp"
#include "pipeline/launch/values.hpp"

namespace weir {
namespace {

Json port_json(const PortInfo& port, bool input) {
  Json types = Json::array();
  for (const PayloadType* type : port.types) types.push_back(type->name);
  Json out{{"name", port.name}, {"help", port.help}, {"types", types}};
  if (input) out["optional"] = port.optional;
  return out;
}

Json param_json(const ParamInfo& param) {
  Json out{{"name", param.spec.name}, {"type", to_string(param.type)}, {"help", param.spec.help}};
  if (!param.spec.unit.empty()) out["unit"] = param.spec.unit;
  if (!param.spec.required) out["default"] = to_json_value(param.default_value());
  if (std::isfinite(param.spec.min)) out["min"] = param.spec.min;
  if (std::isfinite(param.spec.max)) out["max"] = param.spec.max;
  if (!param.spec.choices.empty()) out["choices"] = split_choices(param.spec.choices);
  out["required"] = param.spec.required;
  out["live"] = param.spec.live;
  return out;
}

std::string_view concurrency_text(Concurrency concurrency) {
  switch (concurrency) {
    case Concurrency::serial:
      return "serial";
    case Concurrency::serial_per_stream:
      return "serial_per_stream";
    case Concurrency::parallel:
      return "parallel";
  }
  return "serial";
}

Json to_json(const StageInfo& stage) {
  Json inputs = Json::array();
  Json outputs = Json::array();
  Json params = Json::array();
  for (const PortInfo& port : stage.inputs) inputs.push_back(port_json(port, true));
  for (const PortInfo& port : stage.outputs) outputs.push_back(port_json(port, false));
  for (const ParamInfo& param : stage.params) params.push_back(param_json(param));
  return Json{{"name", stage.name},
              {"summary", stage.summary},
              {"concurrency", concurrency_text(stage.execution.concurrency)},
              {"source", stage.execution.source},
              {"live", stage.execution.live},
              {"batches", stage.execution.batches},
              {"inputs", inputs},
              {"outputs", outputs},
              {"params", params}};
}

}  // namespace

Json to_json_value(const ParamValue& value) {
  struct Visitor {
    Json operator()(Duration v) const { return format_duration(v); }
    Json operator()(const Path& v) const { return v.value; }
    Json operator()(bool v) const { return v; }
    Json operator()(std::int64_t v) const { return v; }
    Json operator()(double v) const { return v; }
    Json operator()(const std::string& v) const { return v; }
    Json operator()(const std::vector<std::string>& v) const { return v; }
    Json operator()(const std::vector<double>& v) const { return v; }
  };
  return std::visit(Visitor{}, value);
}

std::string stage_json(const StageInfo& stage) { return to_json(stage).dump(2) + "\n"; }

std::string stages_json(const Registry& registry) {
  Json all = Json::array();
  for (const StageInfo* stage : registry.all()) all.push_back(to_json(*stage));
  return all.dump(2) + "\n";
}

}  // namespace weir
