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

/// A policy on a ladder.
struct Contender {
  std::string_view name;    ///< in figures
  std::string_view policy;  ///< or "oracle"
  bool still = false;       ///< on the ladder with the H.264 of a nearly still camera
};
inline constexpr Contender kContenders[] = {{"oracle", "oracle"},
                                            {"mpc", "mpc"},
                                            {"smallest", "smallest"},
                                            {"clio", "clio"},
                                            {"remote_h264", "remote-h264"},
                                            {"spinn", "spinn"},
                                            {"remote_jpeg", "remote-jpeg"},
                                            {"fixed", "fixed"},
                                            {"neurosurgeon", "neurosurgeon"},
                                            {"local", "local"},
                                            {"mpc_still", "mpc", true},
                                            {"h264_still", "remote-h264", true}};

/// Runs a contender at one pace over all traces for which `tuning` says so. `local_accuracy` 0: no local
/// answer.
Result<Scores> run_contender(const Contender& contender, const std::vector<Trace>& traces, bool tuning,
                             const Pace& pace, double local_accuracy);

}  // namespace weir::bench
