// SPDX-License-Identifier: Apache-2.0
#include "pipeline/launch/yaml_tree.hpp"

#include "pipeline/base/concat.hpp"
#include "pipeline/base/format.hpp"

namespace weir {
namespace {

void emit(const YamlNode& node, int indent, bool after_key, std::string& out) {
  const std::string pad(static_cast<std::size_t>(indent), ' ');
  const auto begin = [&](std::size_t i) {
    // The first line of a map or list inside a list shares the line with its dash.
    if (after_key || i > 0) out += concat("\n", pad);
  };
  switch (node.kind) {
    case YamlNode::Kind::null:
      out += after_key ? " null" : "null";
      return;
    case YamlNode::Kind::scalar:
      out += concat(after_key ? " " : "", yaml_scalar(node.text));
      return;
    case YamlNode::Kind::list:
      if (node.values.empty()) out += after_key ? " []" : "[]";
      for (std::size_t i = 0; i < node.values.size(); ++i) {
        begin(i);
        out += "- ";
        emit(node.values[i], indent + 2, false, out);
      }
      return;
    case YamlNode::Kind::map:
      if (node.values.empty()) out += after_key ? " {}" : "{}";
      for (std::size_t i = 0; i < node.values.size(); ++i) {
        begin(i);
        out += yaml_scalar(node.keys[i].text) + ":";
        emit(node.values[i], indent + 2, true, out);
      }
      return;
  }
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].text == key) return &values[i];
  }
  return nullptr;
}

YamlNode* YamlNode::find(std::string_view key) {
  return const_cast<YamlNode*>(static_cast<const YamlNode*>(this)->find(key));
}

std::string emit_yaml(const YamlNode& node) {
  std::string out;
  emit(node, 0, false, out);
  return out + "\n";
}

std::string describe(const YamlNode& node) {
  constexpr std::size_t kShown = 60;
  switch (node.kind) {
    case YamlNode::Kind::null:
      return "nothing";
    case YamlNode::Kind::list:
      return "a list";
    case YamlNode::Kind::map:
      return "a map";
    case YamlNode::Kind::scalar:
      break;
  }
  return concat("'", node.text.substr(0, kShown), node.text.size() <= kShown ? "'" : "...'");
}

}  // namespace weir
