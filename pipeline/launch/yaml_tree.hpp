// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

class Problems;

/// A value of a YAML document with its place (line and column from 1). Merge keys, aliases and tags have no meaning.
struct YamlNode {
  enum class Kind { null, scalar, list, map };

  Kind kind = Kind::null;
  std::string text;  ///< scalars only
  int line = 0;
  int column = 0;
  std::string origin;            ///< "--set PATH" for what an override put there, which has no line; else empty
  std::vector<YamlNode> keys;    ///< maps only, scalars; one for each value
  std::vector<YamlNode> values;  ///< lists and maps

  bool is_map() const { return kind == Kind::map; }
  bool is_list() const { return kind == Kind::list; }
  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_null() const { return kind == Kind::null; }

  /// The value of a key, or null.
  const YamlNode* find(std::string_view key) const;
  YamlNode* find(std::string_view key);
};

/// Reads one YAML document of at most 1 MB, 32 levels and 100,000 values; empty text is a null node. What is wrong goes
/// to `problems`: a syntax error yields nothing, a key given twice yields the tree all the same.
std::optional<YamlNode> parse_yaml(std::string_view text, Problems& problems);

/// The tree in block style, two spaces a level; reads back as the same tree.
std::string emit_yaml(const YamlNode& node);

/// What a reader of an error message needs to recognise the value: 'text' for scalars, else its kind.
std::string describe(const YamlNode& node);

}  // namespace weir
