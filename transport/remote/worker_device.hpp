// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "transport/remote/worker_server_impl.hpp"

namespace weir {

/// One device's connection. Bound to the loop's thread.
class WorkerServer::Impl::Device final : public LinkEvents {
 public:
  Device(Impl& server, DeviceId id) : server_(server), id_(id) {}

  void send(OutMessage message);
  bool all_sent() const { return !link_ || link_->queued_bytes() == 0; }

  void on_open(Link& link) override { link_ = &link; }
  void on_message(Link& link, InMessage message) override;
  void on_close(Link& link, const Status& why) override;

 private:
  Status greet(const InMessage& message);
  wire::ServiceAnswer offer(const wire::Service& wanted);
  Status handle(InMessage& message);
  Status take_work(InMessage& message);
  OutMessage too_large(const OutMessage& message) const;

  Impl& server_;
  const DeviceId id_;
  Link* link_ = nullptr;  // the loop keeps it while it is open
  bool greeted_ = false;
  std::uint64_t session_ = 0;  // the device's; answers carry it back
  std::string name_;
  std::size_t max_body_ = SIZE_MAX;
  std::unordered_map<std::string, std::uint32_t> services_;  // as the device calls them
};

}  // namespace weir
