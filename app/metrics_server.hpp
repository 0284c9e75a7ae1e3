// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "kernels/base/status.hpp"

namespace weir::app {

/// Answers GET /metrics (Prometheus text), /healthz (200 while the process lives) and /readyz (200 when ready, 503
/// before) on threads of its own, from construction to destruction.
class MetricsServer {
 public:
  struct Source {
    std::function<std::string()> metrics;  ///< called from the server's threads
    std::function<bool()> ready;           ///< likewise
  };

  /// Binds `listen` ("127.0.0.1:9464"; port 0 = any free one). invalid: not HOST:PORT; unavailable: the address is in
  /// use or not this machine's.
  static Result<std::unique_ptr<MetricsServer>> start(const std::string& listen, Source source);
  ~MetricsServer();

  /// "http://127.0.0.1:9464", with the port that was bound.
  const std::string& url() const;

 private:
  MetricsServer();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::app
