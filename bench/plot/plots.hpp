// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "kernels/base/status.hpp"

namespace weir::bench {

using Lines = std::vector<nlohmann::json>;

/// Bars of effective accuracy per policy and pace with their confidence intervals, and marks for the share in time:
/// from the lines that scripts/bench control prints.
Status plot_policies(const Lines& lines, const std::string& png);

/// Curves through points {"series": "...", "x": bytes, "y": accuracy, "x_title": "...", "y_title": "..."} over a
/// logarithmic axis; the titles of the first line count and may be absent.
Status plot_curve(const Lines& lines, const std::string& png);

}  // namespace weir::bench
