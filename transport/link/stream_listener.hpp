// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "transport/link/link.hpp"
#include "transport/link/loop_core.hpp"
#include "transport/link/stream_link.hpp"

namespace weir {

/// Listens on a Unix or TCP socket, for tcp and tls links.
Result<std::unique_ptr<Listener>> listen_on_socket(const std::shared_ptr<LoopCore>& core, StreamLinkSetup setup,
                                                   std::function<std::shared_ptr<LinkEvents>()> accept);

}  // namespace weir
