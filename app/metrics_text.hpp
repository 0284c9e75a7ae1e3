// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "pipeline/report.hpp"

namespace weir::app {

/// A running report in the Prometheus text format (version 0.0.4). Times are in seconds, quantiles are gauges labelled
/// `quantile`, and every name begins with `weir_`.
std::string metrics_text(const RunReport& report, bool ready);

}  // namespace weir::app
