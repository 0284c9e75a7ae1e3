// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "pipeline/launch/draft.hpp"

namespace weir {
namespace {

void set_origin(YamlNode& node, const std::string& origin) {
  node.origin = origin;
  node.line = 0;
  node.column = 0;
  for (YamlNode& key : node.keys) set_origin(key, origin);
  for (YamlNode& value : node.values) set_origin(value, origin);
}

/// The parts of a dotted path. An edge's name may itself hold dots, between `edges` and the key that is set.
std::vector<std::string> split_path(const std::string& path) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', begin)) {
    parts.push_back(path.substr(begin, dot - begin));
    begin = dot + 1;
  }
  parts.push_back(path.substr(begin));
  const std::size_t arrow = path.find("->");
  if (parts.front() != "edges" || arrow == std::string::npos) return parts;
  const std::string rest = path.substr(6);
  const std::size_t last_dot = path.rfind('.');
  if (last_dot < arrow) return {"edges", rest};
  const std::string key = path.substr(last_dot + 1);
  if (key != "capacity" && key != "when_full") return {"edges", rest};
  return {"edges", path.substr(6, last_dot - 6), key};
}

std::string without_spaces(std::string text) {
  text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
  return text;
}

/// One step down, making what is not there. Spaces in a key, as round the arrow of an edge, make no difference.
YamlNode& step(YamlNode& map, const std::string& key, const std::string& origin) {
  for (std::size_t i = 0; i < map.keys.size(); ++i) {
    if (without_spaces(map.keys[i].text) == without_spaces(key)) return map.values[i];
  }
  YamlNode name;
  name.kind = YamlNode::Kind::scalar;
  name.text = key;
  set_origin(name, origin);
  map.keys.push_back(std::move(name));
  set_origin(map.values.emplace_back(), origin);
  return map.values.back();
}

bool is_unknown_stage(const YamlNode& root, const std::vector<std::string>& parts, Problems& problems,
                      const YamlNode& place) {
  const YamlNode* stages = root.find("stages");
  if (parts.front() != "stages" || parts.size() < 3 || !stages || !stages->is_map() || stages->find(parts[1]))
    return false;
  std::vector<std::string> known;
  for (const YamlNode& key : stages->keys) known.push_back(key.text);
  problems.add(place, concat("there is no stage ", seen_and_known(parts[1], known)));
  return true;
}

void apply(YamlNode& root, const Override& change, Problems& problems) {
  YamlNode place;
  set_origin(place, concat("--set ", change.path));
  const std::vector<std::string> parts = split_path(change.path);
  for (const std::string& part : parts) {
    if (!part.empty()) continue;
    problems.add(place, "the path must be names with dots between them, such as stages.camera.path");
    return;
  }
  if (is_unknown_stage(root, parts, problems, place)) return;
  Problems in_value;
  std::optional<YamlNode> value = parse_yaml(change.value, in_value);
  if (!in_value.empty()) {
    problems.add(place, concat("the value '", change.value, "' cannot be read: ", in_value.take().front().text));
    return;
  }
  YamlNode* node = &root;
  for (const std::string& part : parts) {
    if (node->is_null()) node->kind = YamlNode::Kind::map;
    if (!node->is_map()) {
      problems.add(place,
                   concat("'", part, "' cannot be set inside ", describe(*node), "; set the whole value instead"));
      return;
    }
    node = &step(*node, part, place.origin);
  }
  set_origin(*value, place.origin);
  *node = *std::move(value);
}

}  // namespace

void apply_overrides(YamlNode& root, const std::vector<Override>& overrides, Problems& problems) {
  for (const Override& change : overrides) apply(root, change, problems);
}

}  // namespace weir
