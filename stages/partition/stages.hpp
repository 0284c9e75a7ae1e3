// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/base/status.hpp"
#include "pipeline/registry.hpp"

namespace weir {

// Each adds one stage to the registry; the stage class itself stays in its .cpp.
Status add_partition_bands(Registry& registry);
Status add_partition_content(Registry& registry);
Status add_partition_elf(Registry& registry);
Status add_partition_whole(Registry& registry);

}  // namespace weir
