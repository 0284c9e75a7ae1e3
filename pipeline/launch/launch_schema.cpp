// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "pipeline/base/concat.hpp"
#include "pipeline/launch/describe.hpp"
#include "pipeline/launch/describe_json.hpp"
#include "pipeline/launch/settings.hpp"

namespace weir {
namespace {

Json base_type(const ParamInfo& param) {
  switch (param.type) {
    case ParamType::boolean:
      return {{"type", "boolean"}};
    case ParamType::integer:
      return {{"type", "integer"}};
    case ParamType::number:
      return {{"type", "number"}};
    case ParamType::duration:
      return {{"type", "string"}, {"pattern", "^(0|[0-9]*\\.?[0-9]+ *(ns|us|ms|s|min|h))$"}};
    case ParamType::texts:
      return {{"type", Json::array({"array", "string"})}, {"items", {{"type", "string"}}}};
    case ParamType::numbers:
      return {{"type", Json::array({"array", "number"})}, {"items", {{"type", "number"}}}};
    case ParamType::path:
    case ParamType::text:
      break;
  }
  if (!param.spec.choices.empty()) return {{"enum", split_choices(param.spec.choices)}};
  return {{"type", Json::array({"string", "number", "boolean"})}};
}

Json param_schema(const ParamInfo& param) {
  Json out = base_type(param);
  const bool numeric = param.type == ParamType::integer || param.type == ParamType::number;
  if (numeric && std::isfinite(param.spec.min)) out["minimum"] = param.spec.min;
  if (numeric && std::isfinite(param.spec.max)) out["maximum"] = param.spec.max;
  out["description"] = concat(param.spec.help, param.spec.unit.empty() ? "" : ", in ", param.spec.unit);
  if (!param.spec.required) out["default"] = to_json_value(param.default_value());
  return out;
}

Json closed_object(Json properties) {
  return {{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
}

/// Puts a parameter with a dotted name at its place in nested objects.
void add_param(Json& properties, const ParamInfo& param) {
  Json* at = &properties;
  std::string_view name = param.spec.name;
  for (std::size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.')) {
    Json& group = (*at)[std::string(name.substr(0, dot))];
    if (group.is_null()) group = closed_object(Json::object());
    at = &group["properties"];
    name.remove_prefix(dot + 1);
  }
  (*at)[std::string(name)] = param_schema(param);
}

Json input_schema() {
  const Json text{{"type", "string"}, {"pattern", "^[A-Za-z][A-Za-z0-9_-]*(\\.[A-Za-z0-9_-]+)?$"}};
  const Json lag{{"type", "integer"}, {"minimum", 1}};
  const Json feedback{{"oneOf", Json::array({Json{{"enum", {"newest", "lag"}}}, closed_object({{"lag", lag}})})}};
  const Json long_form{{"type", "object"},
                       {"properties", {{"from", text}, {"feedback", feedback}, {"lag", lag}}},
                       {"required", {"from"}},
                       {"additionalProperties", false}};
  return {{"anyOf", Json::array({text, Json{{"type", "array"}, {"items", text}}, long_form})}};
}

Json stage_keys_schema() {
  Json keys = Json::object();
  for (const ParamInfo& setting : settings::kStage) add_param(keys, setting);
  const Json source{{"$ref", "#/definitions/input"}};
  const Json by_port{{"type", "object"}, {"additionalProperties", source}};
  keys["in"] = {{"anyOf", Json::array({source, by_port})}, {"description", settings::kIn.info().spec.help}};
  return keys;
}

/// What holds for a stage whose `use` is this kind.
Json kind_schema(const StageInfo& stage) {
  Json properties = stage_keys_schema();
  properties["use"] = {{"const", stage.name}, {"description", stage.summary}};
  Json required = Json::array({"use"});
  for (const ParamInfo& param : stage.params) {
    add_param(properties, param);
    if (param.spec.required && param.spec.name.find('.') == std::string_view::npos) required.push_back(param.spec.name);
  }
  Json then = closed_object(std::move(properties));
  then["required"] = std::move(required);
  return {{"if", {{"properties", {{"use", {{"const", stage.name}}}}}}}, {"then", std::move(then)}};
}

Json stages_schema(const Registry& registry) {
  Json names = Json::array();
  Json kinds = Json::array();
  for (const StageInfo* stage : registry.all()) {
    names.push_back(stage->name);
    kinds.push_back(kind_schema(*stage));
  }
  const Json stage{
      {"type", "object"}, {"required", {"use"}}, {"properties", {{"use", {{"enum", names}}}}}, {"allOf", kinds}};
  return {{"type", "object"}, {"minProperties", 1}, {"additionalProperties", stage}};
}

Json edges_schema() {
  Json edge = Json::object();
  for (const ParamInfo& setting : settings::kEdge) add_param(edge, setting);
  return {{"type", "object"}, {"additionalProperties", closed_object(std::move(edge))}};
}

}  // namespace

std::string launch_schema(const Registry& registry) {
  Json top = Json::object();
  for (const ParamInfo& setting : settings::kTop) add_param(top, setting);
  top["stages"] = stages_schema(registry);
  top["edges"] = edges_schema();
  Json cloud = Json::object();
  for (const ParamInfo& setting : settings::kCloud) add_param(cloud, setting);
  top["cloud"] = closed_object(std::move(cloud));
  top["accuracy"] = closed_object({{"frames", param_schema(settings::kFrames.info())}});
  top["metrics"] = closed_object({{"listen", param_schema(settings::kListen.info())}});
  Json schema{{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", "Weir launch file"}};
  schema.update(closed_object(std::move(top)));
  schema["required"] = {"stages"};
  schema["definitions"] = {{"input", input_schema()}};
  return schema.dump(2) + "\n";
}

}  // namespace weir
