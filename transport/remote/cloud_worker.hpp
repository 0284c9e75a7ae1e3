// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/base/random.hpp"
#include "transport/remote/cloud_client_impl.hpp"

namespace weir {

/// One worker's connection, opened again whenever it is lost. Bound to the loop's thread.
class CloudClient::Impl::Worker final : public LinkEvents, public std::enable_shared_from_this<Worker> {
 public:
  Worker(Impl& client, PeerId id, Address address);

  PeerId id() const { return id_; }
  const Address& address() const { return address_; }
  bool listed() const { return listed_; }                                         ///< whether a connection is wanted
  bool up() const { return up_ && drain_until_ == kNever; }                       ///< whether it may be sent work
  bool leaving() const { return link_ && (!listed_ || drain_until_ != kNever); }  ///< whether its connection will end

  void enlist();                                   ///< connects, now and whenever the connection is lost
  void unlist() { listed_ = false; }               ///< drain() follows
  void drain(TimePoint now);                       ///< it is sent nothing more, and closed once nothing is open there
  void end_drain(int outstanding, TimePoint now);  ///< closes it if it drains, and that is done or took too long
  void close();

  bool send(OutMessage message);     ///< false: the link is gone or has no room
  bool withdraw(RequestId request);  ///< whether no byte of it was sent

  void on_open(Link& link) override;
  void on_message(Link& link, InMessage message) override;
  void on_room(Link& link) override;
  void on_close(Link& link, const Status& why) override;

 private:
  void connect();
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
  bool listed_ = false;
  bool waiting_ = false;  // to connect again
  TimePoint drain_until_ = kNever;
};

}  // namespace weir
