// SPDX-License-Identifier: Apache-2.0
#include "stages/register.hpp"

namespace weir {

Status register_track_stages(Registry&) { return {}; }

}  // namespace weir
