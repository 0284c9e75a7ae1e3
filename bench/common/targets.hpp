// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kernels/base/status.hpp"

namespace weir::bench {

/// What one figure must reach, as bench/targets.json says.
struct Target {
  std::string bench;
  std::string metric;
  std::string op;  ///< "<", "<=", ">=", "==", or "none": it is only reported
  double value = 0;
  std::string unit;
  std::string baseline;
  std::string text;  ///< what is measured, for readers

  bool has_bar() const { return op != "none"; }
  bool met(double seen) const;  ///< true without a bar
  std::string wanted() const;   ///< ">= 0.97", or "none"
};

/// Reads all targets from the file; an error names the entry and what is wrong with it.
Result<std::vector<Target>> read_targets(const std::string& file);
Result<std::vector<Target>> parse_targets(std::string_view text, const std::string& name);

}  // namespace weir::bench
