// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/common/reporter.hpp"
#include "kernels/base/status.hpp"

namespace weir::bench {

/// launch/kitti_split.yaml as two processes over shaped TUN devices, real frames at 10 fps, those of five recorded
/// cellular uplinks that are there; and the same links and ladder in the simulation. Prints how far apart their on-time
/// shares are. Takes minutes and both cores.
Status print_live(Reporter& reporter);

}  // namespace weir::bench
