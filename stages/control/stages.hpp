// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/base/status.hpp"
#include "pipeline/registry.hpp"

namespace weir {

// Adds one stage per policy that can run live, named control.POLICY; the class stays in controller.cpp.
Status add_control_stages(Registry& registry);

}  // namespace weir
