// SPDX-License-Identifier: Apache-2.0
#include "stages/register.hpp"

#include "stages/track/stages.hpp"

namespace weir {

Status register_track_stages(Registry& registry) { return add_track_sort(registry); }

}  // namespace weir
