// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "pipeline/channel/device_graph.hpp"
#include "pipeline/stage.hpp"
#include "transport/remote/cloud_client.hpp"

namespace weir {

/// A cloud part on the device: sends each frame to a worker and puts out what comes back. When no worker can answer in
/// time, the fallback stage answers (quality `local`); without one, whoever reads the part carries on (quality
/// `predicted`), or the frame is dropped for the reason, as `cloud:<reason>`.
std::unique_ptr<Stage> make_remote_stage(std::shared_ptr<const RemotePart> part, std::shared_ptr<CloudClient> client);

}  // namespace weir
