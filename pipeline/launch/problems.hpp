// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/launch/yaml_tree.hpp"
#include "pipeline/launch_file.hpp"

namespace weir {

/// Collects what is wrong with a launch file, up to the first hundred problems. Thread-compatible.
class Problems {
 public:
  void add(const YamlNode& at, std::string text, Code code = Code::invalid);
  void add(int line, int column, std::string text) { add({line, column, std::move(text), Code::invalid}); }

  bool empty() const { return count_ == 0; }
  std::size_t size() const { return count_; }  ///< of all that were added

  /// All of them in the order of the file; those without a place come last.
  std::vector<Diagnostic> take();

 private:
  void add(Diagnostic item);

  std::vector<Diagnostic> items_;
  std::size_t count_ = 0;
};

/// "'seen'; did you mean 'near'? Known: a, b, c", with the question only when a known name is near.
std::string seen_and_known(std::string_view seen, const std::vector<std::string>& known);

/// "a, b, c", or "none"; after the first 60 names, "and N more".
std::string join_names(const std::vector<std::string>& names);

/// Names as strings, for the functions above.
std::vector<std::string> to_names(std::span<const std::string_view> names);

}  // namespace weir
