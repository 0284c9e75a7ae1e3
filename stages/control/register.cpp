// SPDX-License-Identifier: Apache-2.0
#include "stages/register.hpp"

#include "stages/control/stages.hpp"

namespace weir {

Status register_control_stages(Registry& registry) { return add_control_stages(registry); }

}  // namespace weir
