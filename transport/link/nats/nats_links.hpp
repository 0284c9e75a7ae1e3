// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "transport/link/link.hpp"
#include "transport/link/loop_core.hpp"

namespace weir {

class NatsConnection;
class NatsTrunk;

/// What one loop has to do with NATS servers: links of one identity to one server share a connection. Builds without
/// the NATS library have it too; there each call tells how to get one with it.
class NatsLinks : public std::enable_shared_from_this<NatsLinks> {
 public:
  explicit NatsLinks(std::shared_ptr<LoopCore> core) : core_(std::move(core)) {}

  std::shared_ptr<Link> connect(const Address& to, const LinkOptions& options, std::shared_ptr<LinkEvents> events);
  Result<std::unique_ptr<Listener>> listen(const Address& at, const LinkOptions& options,
                                           std::function<std::shared_ptr<LinkEvents>()> accept);

  /// Sends last words and ends all connections; after LoopCore::stop().
  void stop();

  const std::shared_ptr<LoopCore>& core() const { return core_; }
  void keep(std::shared_ptr<NatsConnection> connection);  ///< until it has ended

 private:
  struct Device {
    std::string inbox;
    std::shared_ptr<NatsTrunk> trunk;
  };
  Device& device(const Address& to, const LinkOptions& options);

  const std::shared_ptr<LoopCore> core_;
  std::map<std::string, Device> devices_;  // by server and identity; loop's thread only
  std::mutex mutex_;                       // of the next one
  std::vector<std::shared_ptr<NatsConnection>> connections_;
};

}  // namespace weir
