// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/base/status.hpp"
#include "pipeline/registry.hpp"

namespace weir {

// Each adds one source to the registry; the stage class itself stays in its .cpp.
Status add_ingest_images(Registry& registry);
Status add_ingest_kitti(Registry& registry);
Status add_ingest_synthetic(Registry& registry);
Status add_ingest_video(Registry& registry);
Status add_ingest_camera(Registry& registry);
Status add_ingest_rtsp(Registry& registry);

}  // namespace weir
