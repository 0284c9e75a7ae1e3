// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/base/status.hpp"
#include "pipeline/registry.hpp"

namespace weir {

// Adds the stages of this folder to the registry; their classes stay in propose.cpp.
Status add_propose_stages(Registry& registry);

}  // namespace weir
