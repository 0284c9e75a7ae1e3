// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "pipeline/channel/device_graph.hpp"
#include "pipeline/stage.hpp"
#include "transport/remote/cloud_client.hpp"

namespace weir {

/// A cloud part on the device that works on parts of frames: sends all of a frame's parts at once, each to whichever
/// worker is expected to be done first, and puts out what came back by the frame's deadline with how each ended.
/// Low-resolution parts are not waited for: their answers leave with the first frame after they came. When none of the
/// others was answered, the fallback stage answers, if there is one (quality `local`).
std::unique_ptr<Stage> make_parted_remote_stage(std::shared_ptr<const RemotePart> part,
                                                std::shared_ptr<CloudClient> client);

}  // namespace weir
