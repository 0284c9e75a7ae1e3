// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/common/reporter.hpp"
#include "kernels/base/status.hpp"

namespace weir::bench {

/// How much of the frame is sent, and how many of the known objects are wholly inside a part, on box sequences:
/// coverage_n3, area_n3, largest_n3, largest_n5, pixels_saved_n3. Code::unavailable without the reference data.
Status print_coverage(Reporter& reporter);

}  // namespace weir::bench
