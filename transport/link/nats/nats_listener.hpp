// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "transport/link/nats/nats_links.hpp"

namespace weir {

/// Answers devices that want links with a worker of this name. When the server goes, it comes back with it.
Result<std::unique_ptr<Listener>> listen_on_nats(const std::shared_ptr<NatsLinks>& links, const Address& at,
                                                 const LinkOptions& options,
                                                 std::function<std::shared_ptr<LinkEvents>()> accept);

}  // namespace weir
