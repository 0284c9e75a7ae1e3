// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/hop/hop_probe.hpp"

namespace weir::bench {

/// The baseline: frame numbers through kHops plain oneTBB function_nodes (serial, queueing) that note the time and pass
/// the number on; fed by a thread of its own, as a source feeds a graph.
void run_flow_graph_chain(HopProbe& probe);

}  // namespace weir::bench
