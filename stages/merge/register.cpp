// SPDX-License-Identifier: Apache-2.0
#include "stages/register.hpp"

#include "stages/merge/stages.hpp"

namespace weir {

Status register_merge_stages(Registry& registry) {
  if (Status status = add_merge_best(registry); !status) return status;
  return add_merge_boxes(registry);
}

}  // namespace weir
