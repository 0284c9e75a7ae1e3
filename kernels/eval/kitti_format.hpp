// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/eval/eval_frame.hpp"

namespace weir {

/// A line that was skipped, and why.
struct BadLine {
  std::size_t line = 0;  ///< from 1
  std::string reason;    ///< the column, the value seen and the value wanted
};

/// The good rows of a text in file order, and its bad lines.
template <typename Row>
struct ParsedRows {
  std::vector<Row> rows;
  std::vector<BadLine> bad;
};

// The four KITTI text formats (devkit readme, Geiger et al. 2012). Columns are separated by blanks; CRLF, blanks at the
// ends of a line and empty lines are accepted. A line is bad when its column count is wrong, a number does not parse or
// is not finite, a frame number is not a whole number from 0 to 10^9, or its box is empty, inverted or beyond 10^6
// pixels. Bad lines are skipped and listed; no input makes these functions fail.

/// Reads tracking labels (`label_02`): 17 columns.
ParsedRows<TruthRow> parse_tracking_truth(std::string_view text);

/// Reads tracking results: 18 columns, the score last; or 17, and then every score is 1.
ParsedRows<ResultRow> parse_tracking_results(std::string_view text);

/// Reads object labels (`label_2`): 15 columns.
ParsedRows<TruthBox> parse_object_labels(std::string_view text);

/// Reads object results: 16 columns, the score last.
ParsedRows<ScoredBox> parse_object_results(std::string_view text);

/// Appends one tracking-result line, newline included; what Weir does not know has KITTI's value for unknown. The box
/// and the score must be finite; blanks in the type become underscores, and no type becomes Misc.
void append_tracking_result(std::string& out, std::int64_t frame, const ScoredBox& object);

/// Appends one object-result line, as append_tracking_result does.
void append_object_result(std::string& out, const ScoredBox& object);

}  // namespace weir
