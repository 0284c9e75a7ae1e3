// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>

#include "transport/remote/worker_server.hpp"

namespace weir::test {

/// The service that EchoWork does and that devices of the fault matrix want.
inline const wire::Service kEcho{"echo", "fingerprint of echo"};

/// Takes its time over each request and answers with so many bytes.
class EchoWork final : public WorkHandler {
 public:
  explicit EchoWork(Duration service, std::size_t answer_bytes = 1000);
  Status work(const WorkRequest& request, BodyWriter& outputs) override;

  std::atomic<int> calls{0};

 private:
  const Duration service_;
  const std::shared_ptr<const std::vector<std::uint8_t>> answer_;
};

/// A worker at this address whose only service is kEcho; ends the process when it cannot listen.
std::unique_ptr<WorkerServer> start_echo(const Address& at, EchoWork& work, WorkerServerOptions options = {});

/// Body of a request for kEcho with so many bytes of payload.
std::shared_ptr<const Body> echo_request(std::uint64_t frame, std::size_t payload_bytes);

}  // namespace weir::test
