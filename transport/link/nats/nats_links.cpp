// SPDX-License-Identifier: Apache-2.0
#include "transport/link/nats/nats_links.hpp"

#include <algorithm>

#include "transport/link/link_rules.hpp"
#include "transport/link/nats/nats_link.hpp"
#include "transport/link/nats/nats_listener.hpp"

namespace weir {

NatsLinks::Device& NatsLinks::device(const Address& to, const LinkOptions& options) {
  const std::string key = nats_server_text(to) + '\n' + options.tls.certificate + '\n' + options.tls.key + '\n' +
                          options.tls.authority + '\n' + options.nats_credentials;
  Device& device = devices_[key];
  if (device.trunk && !device.trunk->is_over()) return device;
  device.inbox = nats_device_prefix(nats_user(options.tls, options.nats_credentials)) + random_nats_token() + ".";
  // Its own name is told to no one but the worker that is asked for a link.
  const auto self = std::make_shared<std::weak_ptr<NatsTrunk>>();
  NatsTrunk::Hooks hooks;
  hooks.up = [self, inbox = device.inbox] {
    if (const auto trunk = self->lock()) trunk->connection()->subscribe(inbox + "*");
  };
  device.trunk = std::make_shared<NatsTrunk>(core_, std::move(hooks));
  *self = device.trunk;
  device.trunk->start(nats_access(to, options));
  keep(device.trunk->connection());
  return device;
}

std::shared_ptr<Link> NatsLinks::connect(const Address& to, const LinkOptions& options,
                                         std::shared_ptr<LinkEvents> events) {
  auto link = std::make_shared<NatsLink>(core_, to.text(), options, std::move(events));
  core_->post([self = shared_from_this(), link, to, options] {
    if (Status status = may_connect(to, options); !status) return link->fail_to_open(std::move(status));
    if (self->core_->ending()) return link->fail_to_open({Code::stopped, "the loop of the links has ended"});
    const Device& device = self->device(to, options);
    link->connect(device.trunk, device.inbox, nats_worker_prefix(to.name), options.connect_timeout);
  });
  return link;
}

Result<std::unique_ptr<Listener>> NatsLinks::listen(const Address& at, const LinkOptions& options,
                                                    std::function<std::shared_ptr<LinkEvents>()> accept) {
  return listen_on_nats(shared_from_this(), at, options, std::move(accept));
}

void NatsLinks::keep(std::shared_ptr<NatsConnection> connection) {
  std::vector<std::shared_ptr<NatsConnection>> ended;
  {
    const std::scoped_lock lock(mutex_);
    const auto first =
        std::partition(connections_.begin(), connections_.end(), [](const auto& one) { return !one->has_ended(); });
    ended.assign(first, connections_.end());
    connections_.erase(first, connections_.end());
    connections_.push_back(std::move(connection));
  }
  for (const auto& one : ended) one->join();
}

void NatsLinks::stop() {
  devices_.clear();
  std::vector<std::shared_ptr<NatsConnection>> connections;
  {
    const std::scoped_lock lock(mutex_);
    connections.swap(connections_);
  }
  for (const auto& connection : connections) connection->end();
  for (const auto& connection : connections) connection->join();
}

}  // namespace weir
