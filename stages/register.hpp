// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/base/status.hpp"
#include "pipeline/registry.hpp"

namespace weir {

/// Adds every stage of this tree to `registry`.
Status register_builtin_stages(Registry& registry);

/// The list of each family.
Status register_control_stages(Registry& registry);
Status register_ingest_stages(Registry& registry);
Status register_infer_stages(Registry& registry);
Status register_merge_stages(Registry& registry);
Status register_partition_stages(Registry& registry);
Status register_propose_stages(Registry& registry);
Status register_sink_stages(Registry& registry);
Status register_track_stages(Registry& registry);

}  // namespace weir
