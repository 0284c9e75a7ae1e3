// SPDX-License-Identifier: Apache-2.0
#include "elastic/tfjs/graph.hpp"

#include <charconv>
#include <fstream>
#include <nlohmann/json.hpp>

#include "elastic/tfjs/attributes.hpp"
#include "elastic/tfjs/weights.hpp"

namespace weir::tfjs {
namespace {

using nlohmann::json;

// "node" or "node:2"; "^node" is a control edge and carries nothing.
Source read_source(const std::string& text) {
  const auto colon = text.rfind(':');
  Source source{text.substr(0, colon), 0};
  if (colon == std::string::npos) return source;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, source.index);
  return error == std::errc() && stop == end ? source : Source{text, 0};
}

Node read_node(const json& value) {
  Node node;
  node.name = value.at("name").get<std::string>();
  node.op = value.at("op").get<std::string>();
  for (const json& input : value.value("input", json::array())) {
    const auto text = input.get<std::string>();
    if (!text.starts_with('^')) node.inputs.push_back(read_source(text));
  }
  // A constant's value lies in the weights; its attribute holds nothing but the shape.
  if (node.op == "Const") return node;
  const json attributes = value.value("attr", json::object());
  for (const auto& [name, attribute] : attributes.items()) {
    node.attributes.emplace(name, read_attribute(attribute));
  }
  return node;
}

// What the signature names, or else every node that nothing reads.
void find_outputs(const json& model, Graph& graph) {
  for (const char* key : {"signature", "userDefinedMetadata"}) {
    json signature = model.value(key, json::object());
    if (signature.is_object() && signature.contains("signature")) signature = signature.at("signature");
    if (!signature.is_object() || !signature.contains("outputs")) continue;
    for (const auto& [name, output] : signature.at("outputs").items()) {
      graph.outputs.push_back(read_source(output.value("name", name)));
    }
    if (!graph.outputs.empty()) return;
  }
  std::map<std::string, bool> read;
  for (const auto& [name, node] : graph.nodes) {
    for (const Source& input : node.inputs) read[input.node] = true;
  }
  for (const auto& [name, node] : graph.nodes) {
    if (!read.contains(name) && node.op != "Const" && node.op != "Placeholder") graph.outputs.push_back({name, 0});
  }
}

Status read_model(const json& model, const std::filesystem::path& path, Graph& graph) {
  if (!model.contains("modelTopology") || !model.at("modelTopology").contains("node") ||
      !model.contains("weightsManifest")) {
    return {Code::unsupported, "model " + path.string() + " is no TF.js graph model (it needs modelTopology.node and " +
                                   "weightsManifest); convert layers models to graph models first"};
  }
  for (const json& value : model.at("modelTopology").at("node")) {
    Node node = read_node(value);
    std::string name = node.name;
    graph.nodes.insert_or_assign(std::move(name), std::move(node));
  }
  find_outputs(model, graph);
  return read_weights(model.at("weightsManifest"), path, graph.constants);
}

}  // namespace

Result<Graph> read_graph(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::error_code error;
  if (!file || !std::filesystem::is_regular_file(path, error)) {
    return fail(Code::not_found,
                "TF.js model " + path.string() + " does not exist or cannot be read; give the path of a model.json");
  }
  Graph graph;
  try {
    const json model = json::parse(file);
    if (Status s = read_model(model, path, graph); !s) return fail(s.error());
  } catch (const json::exception& e) {
    return fail(Code::corrupt, "TF.js model " + path.string() + " is not a TF.js graph model: " + e.what());
  }
  return graph;
}

}  // namespace weir::tfjs
