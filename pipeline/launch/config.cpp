// SPDX-License-Identifier: Apache-2.0
#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "pipeline/launch/draft.hpp"
#include "pipeline/launch/keys.hpp"

namespace weir {
namespace {

std::string sha256_hex(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) return {};
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) {
    hex += kHex[digest[i] >> 4];
    hex += kHex[digest[i] & 15];
  }
  return hex;
}

}  // namespace

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
  draft.spec.config_sha256 = sha256_hex(draft.spec.config_text);
}

}  // namespace weir
