// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline/channel/device_graph.hpp"
#include "pipeline/stage.hpp"
#include "transport/remote/cloud_client.hpp"

namespace weir {

/// Waits a few seconds for a worker that offers the part. Without one: an error where nobody else could answer and no
/// deadline would end the wait, else a warning.
Status meet_worker(const RemotePart& part, CloudClient& client, bool has_standby, OpenContext& cx);

}  // namespace weir
