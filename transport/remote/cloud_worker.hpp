// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/base/random.hpp"
#include "transport/remote/cloud_client_impl.hpp"

namespace weir {

/// One worker's connection, opened again whenever it is lost. Bound to the loop's thread.
class CloudClient::Impl::Worker final : public LinkEvents, public std::enable_shared_from_this<Worker> {
 public:
  Worker(Impl& client, PeerId id, Address address);

  void connect();
  void close();

  bool send(OutMessage message);     ///< false: the link is gone or has no room
  bool withdraw(RequestId request);  ///< whether no byte of it was sent

  void on_open(Link& link) override;
  void on_message(Link& link, InMessage message) override;
  void on_room(Link& link) override;
  void on_close(Link& link, const Status& why) override;

 private:
  void limit_handshake();
  Status greet(const InMessage& message, TimePoint now);
  std::vector<std::uint32_t> offered_services(const wire::HelloAck& ack);
  void handle(InMessage& message, TimePoint now);
  void handle_result(InMessage& message, TimePoint now);
  void handle_nack(const InMessage& message, TimePoint now);
  void connect_again(TimePoint since);

  Impl& client_;
  const PeerId id_;
  const Address address_;
  Random random_;
  Duration retry_{};
  TimePoint began_{};  // to connect
  std::shared_ptr<Link> link_;
  bool up_ = false;
};

}  // namespace weir
