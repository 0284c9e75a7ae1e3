// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <asio/generic/stream_protocol.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "kernels/base/status.hpp"
#include "transport/link/link.hpp"
#include "transport/link/loop_core.hpp"

namespace weir {

/// A TCP or Unix socket.
using StreamSocket = asio::generic::stream_protocol::socket;
using StreamEndpoint = asio::generic::stream_protocol::endpoint;

/// Makes a new socket what a link needs: it never blocks, and over tcp and tls it sends at once, keeps at most
/// `unsent_bytes` unsent, and uses the congestion control that was asked for.
Status prepare_socket(int socket, Scheme scheme, const LinkOptions& options);

/// The endpoint of a Unix socket's path or @name.
StreamEndpoint unix_endpoint(const std::string& name);

/// "tcp://127.0.0.1:4000" of an endpoint; for a Unix socket what `name` says.
std::string endpoint_text(Scheme scheme, const StreamEndpoint& endpoint, const std::string& name);

/// The endpoints of an address. May take the time of a look-up where the host is a name.
Result<std::vector<StreamEndpoint>> resolve_now(const Address& address);

/// The same, but calls `done` on the loop's thread when they are known.
void resolve(const std::shared_ptr<LoopCore>& core, const Address& address,
             std::function<void(Result<std::vector<StreamEndpoint>>)> done);

}  // namespace weir
