// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>

#include "bench/wire/certificates.hpp"
#include "kernels/base/status.hpp"

namespace weir::bench {

/// A NATS server as it comes, on a free port of this machine, without TLS; ended with the object.
class NatsServer {
 public:
  /// Code::unavailable when there is no nats-server, or this build cannot speak to one.
  static Result<NatsServer> start();

  NatsServer(NatsServer&& other) noexcept;
  NatsServer& operator=(NatsServer&&) = delete;
  ~NatsServer();

  std::string address(const std::string& name) const;  ///< nats://HOST:PORT/NAME
  pid_t process() const { return pid_; }

 private:
  explicit NatsServer(pid_t pid) : pid_(pid) {}
  Status wait_until_ready(const std::string& log);

  pid_t pid_;
  std::string port_;
};

}  // namespace weir::bench
