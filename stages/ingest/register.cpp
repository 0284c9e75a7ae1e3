// SPDX-License-Identifier: Apache-2.0
#include "stages/register.hpp"

#include "stages/ingest/stages.hpp"

namespace weir {

Status register_ingest_stages(Registry& registry) {
  for (const auto& add : {add_ingest_camera, add_ingest_images, add_ingest_kitti, add_ingest_rtsp, add_ingest_synthetic,
                          add_ingest_video}) {
    if (Status status = add(registry); !status) return status;
  }
  return {};
}

}  // namespace weir
