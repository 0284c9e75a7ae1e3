// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernels/base/status.hpp"
#include "transport/dispatch/work_queue.hpp"
#include "transport/link/link.hpp"
#include "transport/wire/body_reader.hpp"
#include "transport/wire/body_writer.hpp"
#include "transport/wire/control.hpp"

namespace weir {

/// One request to be worked on.
struct WorkRequest {
  DeviceId device = 0;
  std::uint32_t service = 0;  ///< index into WorkerServerOptions::services
  std::string_view stream;    ///< of the device
  std::uint64_t frame = 0;
  Duration remaining{};                ///< of its budget; Duration::max(): none
  BodyValue inputs;                    ///< array of payloads
  std::shared_ptr<const void> keeper;  ///< of the memory that inputs refer to
};

/// What a worker does with requests. `work` is called on as many threads as WorkQueueOptions::parallel says.
class WorkHandler {
 public:
  virtual ~WorkHandler() = default;
  /// Writes the array of outputs. An error's text goes to the device as the reason.
  virtual Status work(const WorkRequest& request, BodyWriter& outputs) = 0;
  virtual void device_gone(DeviceId) {}
};

struct WorkerServerOptions {
  std::string name = "worker";
  std::vector<Address> listen;
  std::vector<wire::Service> services;
  LinkOptions link;
  WorkQueueOptions queue;
  std::size_t most_devices = 4096;
  std::function<void(std::string)> note;  ///< what a user should see; one call at a time
};

struct WorkerCounters {
  std::uint64_t devices = 0;  ///< connected now
  std::uint64_t work = 0, results = 0, refused = 0, failed = 0, cancelled = 0;
  std::uint64_t bad_messages = 0;  ///< that closed their connection
  std::uint64_t bytes_in = 0, bytes_out = 0;
  std::size_t waiting = 0;
};

/// A worker's side of the links: handshake, credits, queue, threads that do the work. Thread-safe.
class WorkerServer {
 public:
  /// Listens on all addresses; `handler` must outlive the server.
  static Result<std::unique_ptr<WorkerServer>> start(WorkerServerOptions options, WorkHandler& handler);
  ~WorkerServer();  ///< closes all links at once; work in progress is finished and thrown away

  std::vector<Address> addresses() const;  ///< with the ports that were given out
  WorkerCounters counters() const;

  /// Takes no new work, tells the devices, and returns when all work is answered or the time is over.
  void drain(Duration at_most);

 private:
  struct Impl;
  explicit WorkerServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir
