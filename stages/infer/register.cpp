// SPDX-License-Identifier: Apache-2.0
#include "stages/register.hpp"

#include "stages/infer/stages.hpp"

namespace weir {

Status register_infer_stages(Registry& registry) {
  for (const auto& add : {add_infer_detector, add_infer_head, add_infer_tail}) {
    if (Status status = add(registry); !status) return status;
  }
  return {};
}

}  // namespace weir
