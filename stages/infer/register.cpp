// SPDX-License-Identifier: Apache-2.0
#include "stages/register.hpp"

namespace weir {

Status register_infer_stages(Registry&) { return {}; }

}  // namespace weir
