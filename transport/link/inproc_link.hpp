// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "transport/link/link.hpp"
#include "transport/link/loop_core.hpp"

namespace weir {

/// Listens at a name for links within this process, of this loop or any other.
Result<std::unique_ptr<Listener>> listen_inproc(const std::shared_ptr<LoopCore>& core, const Address& at,
                                                const LinkOptions& options,
                                                std::function<std::shared_ptr<LinkEvents>()> accept);

std::shared_ptr<Link> connect_inproc(const std::shared_ptr<LoopCore>& core, const Address& to,
                                     const LinkOptions& options, std::shared_ptr<LinkEvents> events);

}  // namespace weir
