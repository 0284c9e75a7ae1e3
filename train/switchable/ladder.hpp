// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kernels/base/status.hpp"

namespace weir::train {

/// What one setup is trained for.
struct Rung {
  int channels = 0;
  int bits = 0;     ///< of a symbol, before entropy coding
  double rate = 0;  ///< bits per position of the seam that training aims at

  std::string name() const;  ///< "16x5"
};

/// Eight rungs from 1.5 bits per channel of the seam and position down to an eighth of a bit.
std::vector<Rung> default_rungs(int seam_channels, int bottleneck_channels);

/// Reads "24x6:48,16x5:20": channels x bits : bits per position, the richest first. Code::invalid names the part that
/// is wrong.
Result<std::vector<Rung>> parse_rungs(std::string_view text, int bottleneck_channels);

/// The text that parse_rungs reads.
std::string format_rungs(const std::vector<Rung>& rungs);

/// For each value the number of its group, from 0: the values are cut at the widest gaps between neighbours into at
/// most `groups` (single linkage in one dimension).
std::vector<int> cut_at_gaps(const std::vector<double>& values, int groups);

/// Of `names` those most like `wanted`, the best first, at most `most` (by the number of letters to change).
std::vector<std::string> nearest_names(const std::string& wanted, const std::vector<std::string>& names,
                                       std::size_t most);

}  // namespace weir::train
