// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kernels/control/simulation.hpp"

namespace weir::bench {

/// Frame rate, deadline and name ("10fps") of one column of the comparison.
struct Pace {
  std::string_view name;
  Duration period{}, deadline{};
};
inline constexpr Pace kPaces[] = {{"10fps", std::chrono::milliseconds(100), std::chrono::milliseconds(200)},
                                  {"15fps", Duration(66'666'667), std::chrono::milliseconds(150)},
                                  {"30fps", Duration(33'333'333), std::chrono::milliseconds(100)}};

/// A recorded link; those of odd rows of the index are for tuning, those of even rows for reporting.
struct Trace {
  std::string name;
  bool tuning = false;
  Capacity capacity{0};
};

/// The traces of the reference data, each at most so long; none where they are absent.
Result<std::vector<Trace>> read_traces(Duration longest);

/// One value per trace.
struct Scores {
  std::vector<double> on_time, effective_accuracy, answered;  ///< shares, 0 to 1
  std::vector<double> decision_us;                            ///< 99th percentile
};

/// Runs a policy, or "oracle", at one pace over all traces for which `tuning` says so. `local_accuracy` 0: no local
/// answer.
Result<Scores> run_policy(std::string_view policy, const std::vector<Trace>& traces, bool tuning, const Pace& pace,
                          double local_accuracy);

}  // namespace weir::bench
