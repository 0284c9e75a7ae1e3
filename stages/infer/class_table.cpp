// SPDX-License-Identifier: Apache-2.0
#include "stages/infer/class_table.hpp"

#include <algorithm>
#include <numeric>

#include "pipeline/launch_file.hpp"

namespace weir {

namespace {

Result<std::int32_t> class_index(const ClassNames& classes, const std::string& name) {
  const auto found = std::find(classes.begin(), classes.end(), name);
  if (found != classes.end()) return static_cast<std::int32_t>(found - classes.begin());
  const std::string near = nearest_name(name, classes);
  return fail(Code::invalid, "keep names class \"" + name + "\", which is none of the model's " +
                                 std::to_string(classes.size()) + " classes" +
                                 (near.empty() ? "" : "; did you mean \"" + near + "\"?"));
}

}  // namespace

Result<std::vector<std::int32_t>> make_class_map(const ClassNames& classes, const std::vector<std::string>& groups) {
  std::vector<std::int32_t> map(classes.size(), -1);
  if (groups.empty()) std::iota(map.begin(), map.end(), 0);
  for (const std::string& group : groups) {
    std::int32_t reported = -1;
    for (std::size_t start = 0; start <= group.size();) {
      const std::size_t plus = std::min(group.find('+', start), group.size());
      const auto index = class_index(classes, group.substr(start, plus - start));
      if (!index) return fail(index.error());
      if (reported < 0) reported = *index;
      map[static_cast<std::size_t>(*index)] = reported;
      start = plus + 1;
    }
  }
  return map;
}

}  // namespace weir
