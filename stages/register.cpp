// SPDX-License-Identifier: Apache-2.0
#include "stages/register.hpp"

#include "stages/coding/part_decoder.hpp"

namespace weir {

Status register_builtin_stages(Registry& registry) {
  set_frame_decoder(make_part_decoder);
  for (const auto& family :
       {register_control_stages, register_ingest_stages, register_infer_stages, register_merge_stages,
        register_partition_stages, register_propose_stages, register_sink_stages, register_track_stages}) {
    if (Status status = family(registry); !status) return status;
  }
  return {};
}

}  // namespace weir
