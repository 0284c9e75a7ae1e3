// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernels/base/status.hpp"
#include "pipeline/graph_spec.hpp"
#include "transport/link/link.hpp"

namespace weir {

struct WorkerOptions {
  std::string name = "worker";
  std::vector<std::string> listen;  ///< addresses
  std::vector<GraphSpec> graphs;    ///< their cloud stages are offered
  int parallel = 1;                 ///< requests worked on at a time
  TlsFiles tls;
  std::string nats_credentials;           ///< file of the login at NATS servers; empty: none
  std::function<void(std::string)> note;  ///< what a user should see; called from any thread
};

/// The cloud side of launch files: serves any number of devices until it is destroyed. Thread-safe.
class Worker {
 public:
  /// Opens the cloud stages and listens. Code::invalid: a graph without cloud stages, or an address that must not be
  /// listened on.
  static Result<std::unique_ptr<Worker>> start(WorkerOptions options);
  ~Worker();

  std::vector<std::string> services() const;   ///< names of the cloud parts
  std::vector<std::string> addresses() const;  ///< with the ports that were given out

  /// Takes no new work and returns when what it has is answered, at most after this time.
  void drain(Duration at_most);

  /// What it did, for people, one line each.
  std::string summary() const;

 private:
  struct Impl;
  explicit Worker(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir
