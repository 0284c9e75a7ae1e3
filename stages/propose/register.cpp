// SPDX-License-Identifier: Apache-2.0
#include "stages/register.hpp"

#include "stages/propose/stages.hpp"

namespace weir {

Status register_propose_stages(Registry& registry) { return add_propose_stages(registry); }

}  // namespace weir
