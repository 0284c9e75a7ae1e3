// SPDX-License-Identifier: Apache-2.0
#include "stages/register.hpp"

#include "stages/sink/stages.hpp"

namespace weir {

Status register_sink_stages(Registry& registry) {
  for (const auto& add : {add_sink_jsonl, add_sink_kitti, add_sink_mqtt, add_sink_null, add_sink_records, add_sink_rtsp,
                          add_sink_video}) {
    if (Status status = add(registry); !status) return status;
  }
  return {};
}

}  // namespace weir
