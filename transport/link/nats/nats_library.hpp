// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nats/nats.h>

#include <memory>
#include <string>

#include "kernels/base/status.hpp"
#include "transport/link/link.hpp"

namespace weir {

struct NatsConnectionEnd {
  void operator()(natsConnection* connection) const { natsConnection_Destroy(connection); }
};
using NatsConnectionHandle = std::unique_ptr<natsConnection, NatsConnectionEnd>;

struct NatsOptionsEnd {
  void operator()(natsOptions* options) const { natsOptions_Destroy(options); }
};
using NatsOptionsHandle = std::unique_ptr<natsOptions, NatsOptionsEnd>;

/// Where a NATS server is and as whom one comes.
struct NatsAccess {
  Address server;
  TlsFiles tls;                ///< all empty: none
  std::string credentials;     ///< file that read_nats_login() reads; empty: none
  Duration connect_timeout{};  ///< until the server has answered
  std::string name;            ///< for the server's monitoring
};

NatsAccess nats_access(const Address& address, const LinkOptions& options);

/// "nats://HOST:PORT"
std::string nats_server_text(const Address& address);

/// What the library said of the last call, in words.
std::string nats_text(natsStatus status);

/// One attempt to connect, no reconnecting: what was lost with a connection must not be sent late by the next one.
Result<NatsOptionsHandle> make_nats_options(const NatsAccess& access);

/// Why connect() failed and what to do.
Status nats_connect_error(const NatsAccess& access, natsStatus status);

/// As whom a server knows this side: the user of the credentials file or, for servers that map certificates to users,
/// the certificate's common name. Empty when there is neither, or the user is in a JWT.
std::string nats_user(const TlsFiles& tls, const std::string& credentials);

}  // namespace weir
