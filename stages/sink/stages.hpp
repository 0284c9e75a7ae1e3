// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/base/status.hpp"
#include "pipeline/registry.hpp"

namespace weir {

// Each adds one sink to the registry; the stage class itself stays in its .cpp.
Status add_sink_jsonl(Registry& registry);
Status add_sink_kitti(Registry& registry);
Status add_sink_mqtt(Registry& registry);
Status add_sink_null(Registry& registry);
Status add_sink_records(Registry& registry);
Status add_sink_rtsp(Registry& registry);
Status add_sink_video(Registry& registry);

}  // namespace weir
