// SPDX-License-Identifier: Apache-2.0
#include "stages/register.hpp"

#include "stages/infer/stages.hpp"

namespace weir {

Status register_infer_stages(Registry& registry) { return add_infer_detector(registry); }

}  // namespace weir
