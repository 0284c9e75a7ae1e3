// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/common/reporter.hpp"
#include "kernels/base/status.hpp"

namespace weir::bench {

/// The main function of a benchmark: reads [--short] [--targets FILE], runs `body`, and returns the exit code.
/// Code::unavailable from `body` means that what it needs is absent: what it has not printed is printed as skipped.
int bench_main(int argc, char** argv, const char* name, Status (*body)(Reporter&));

}  // namespace weir::bench
