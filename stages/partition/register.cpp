// SPDX-License-Identifier: Apache-2.0
#include "stages/register.hpp"

#include "stages/partition/stages.hpp"

namespace weir {

Status register_partition_stages(Registry& registry) {
  for (const auto& add : {add_partition_content, add_partition_bands, add_partition_elf, add_partition_whole}) {
    if (Status status = add(registry); !status) return status;
  }
  return {};
}

}  // namespace weir
