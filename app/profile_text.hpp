// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "stages/control/rate_profile.hpp"

namespace weir::app {

/// Every rung that was measured as a row of a table, marked where it is in the ladder.
std::string profile_table(const RateProfile& profile);

/// Every rung as a line of JSON with "series" (its kind, and size if it is smaller), "x" (bytes) and "y" (accuracy),
/// for bench_plot.
std::string profile_points(const RateProfile& profile);

/// The same as JSON.
std::string profile_json(const RateProfile& profile);

}  // namespace weir::app
