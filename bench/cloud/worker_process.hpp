// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "kernels/base/status.hpp"
#include "transport/link/link.hpp"
#include "transport/wire/control.hpp"

namespace weir::bench {

/// The service that a worker process offers.
inline const wire::Service kWork{"work", "fingerprint"};

struct WorkerProcessOptions {
  int service_ms = 5;                        ///< that it sleeps over each request
  std::string listen = "tcp://127.0.0.1:0";  ///< tcp or tls
  TlsFiles tls{};
  std::string congestion{};  ///< as LinkOptions say
};

/// A worker in a process of its own: this program, started again as a worker.
class WorkerProcess {
 public:
  static Result<WorkerProcess> start(const WorkerProcessOptions& options);

  WorkerProcess(WorkerProcess&& other) noexcept;
  WorkerProcess& operator=(WorkerProcess&&) = delete;
  ~WorkerProcess();  ///< kills it

  const Address& address() const { return address_; }
  pid_t process() const { return pid_; }
  void signal(int number) const;

  std::uint64_t resident_bytes() const;
  int threads() const;

 private:
  WorkerProcess(pid_t pid, Address address) : pid_(pid), address_(std::move(address)) {}
  pid_t pid_;
  Address address_;
};

/// To be called first in main(): where this process was started as a worker, it is one and does not come back.
void be_worker_if_asked(int argc, char** argv);

/// Lets this process, and those that it starts, open as many files as it may.
void allow_many_files();

}  // namespace weir::bench
