// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/base/status.hpp"
#include "pipeline/registry.hpp"

namespace weir {

// Each adds one stage to the registry; the stage class itself stays in its .cpp.
Status add_merge_best(Registry& registry);
Status add_merge_boxes(Registry& registry);

}  // namespace weir
