// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/common/reporter.hpp"
#include "kernels/base/status.hpp"

namespace weir::bench {

/// How much of the frame is sent, and how many of the known objects are wholly inside a part, on box sequences:
/// coverage_n3, area_n3, largest_n3, largest_n5, pixels_saved_n3. Code::unavailable without the reference data.
Status print_coverage(Reporter& reporter);

/// How far the merged boxes agree with those of whole frames, on recordings: agreement_ap_loss_points,
/// duplicates_percent.
Status print_agreement(Reporter& reporter);

/// How much sooner merged answers are there than those of whole frames: speedup_100mbit, speedup_20mbit. Takes minutes.
Status print_speedup(Reporter& reporter);

/// What becomes of deadlines when one of three workers is slow: late_percent_one_slow.
Status print_one_slow(Reporter& reporter);

}  // namespace weir::bench
