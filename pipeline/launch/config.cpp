// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "pipeline/base/sha256.hpp"
#include "pipeline/launch/draft.hpp"
#include "pipeline/launch/keys.hpp"

namespace weir {
void add_config(LaunchDraft& draft) {
  // The order of stages has a meaning, that of the keys at the top has none.
  YamlNode config;
  config.kind = YamlNode::Kind::map;
  for (const std::string_view name : kTopKeys) {
    const auto key = std::find_if(draft.root.keys.begin(), draft.root.keys.end(),
                                  [&](const YamlNode& node) { return node.text == name; });
    if (key == draft.root.keys.end()) continue;
    config.keys.push_back(*key);
    config.values.push_back(draft.root.values[static_cast<std::size_t>(key - draft.root.keys.begin())]);
  }
  draft.spec.config_text = emit_yaml(config);
  Sha256 sha;
  sha.add(draft.spec.config_text.data(), draft.spec.config_text.size());
  draft.spec.config_sha256 = sha.hex();
}

}  // namespace weir
