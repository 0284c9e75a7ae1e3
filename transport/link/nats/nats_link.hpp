// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "transport/link/link.hpp"
#include "transport/link/loop_core.hpp"
#include "transport/link/nats/nats_trunk.hpp"
#include "transport/link/send_queue.hpp"

namespace weir {

/// One end of a link between a device and a worker over a NATS server. Bound to the loop's thread.
///
/// At most a window of bytes, and one message, is on its way that the other side has not taken: neither the server nor
/// the other process ever holds more of it, and what waits does so here, where it can be overtaken or withdrawn.
class NatsLink final : public Link, public LoopMember, public std::enable_shared_from_this<NatsLink> {
 public:
  NatsLink(std::shared_ptr<LoopCore> core, std::string peer, const LinkOptions& options,
           std::shared_ptr<LinkEvents> events);

  void fail_to_open(Status why);  ///< there is not even a trunk
  /// From `inbox`, a prefix of subjects, to the worker of this prefix.
  void connect(std::shared_ptr<NatsTrunk> trunk, const std::string& inbox, const std::string& worker, Duration timeout);
  void accept(std::shared_ptr<NatsTrunk> trunk, const NatsRoute& route);
  void accept_again() { signal({NatsSignal::accepted}); }

  void trunk_up();
  void trunk_down(const Status& why);
  void not_permitted(const std::string& text);
  void arrived(NatsArrival arrival);
  void probe_if_silent();

  bool send(OutMessage message) override;
  bool withdraw(MessageType type, std::uint64_t id) override;
  std::size_t max_body() const override;
  std::size_t queued_bytes() const override { return queue_.bytes(); }
  void close() override;
  std::string peer() const override { return peer_; }
  void loop_ends() override;

 private:
  enum class State : std::uint8_t { connecting, open, closed };

  void enter(std::shared_ptr<NatsTrunk> trunk, NatsRoute route);
  void ask();
  void signal(NatsControl control) { trunk_->connection()->signal(route_, control); }
  void take_control(const NatsControl& control);
  void take_message(InMessage message);
  void pump();
  void tell_room();
  void close_with(Status why);
  void end(Status why);
  void finish();

  const std::shared_ptr<LoopCore> core_;
  const std::string peer_;
  const std::size_t max_body_;
  const bool check_bodies_;
  std::shared_ptr<LinkEvents> events_;
  std::shared_ptr<NatsTrunk> trunk_;
  std::shared_ptr<const NatsRoute> route_;
  std::shared_ptr<const NatsRoute> asking_;  // where a link is asked for
  std::string token_;
  SendQueue queue_;
  std::uint64_t sent_ = 0, acknowledged_ = 0;  // bytes, as the other side counts them
  std::uint64_t taken_ = 0, told_ = 0;         // bytes taken here, and of those the other side knows
  Status why_;
  State state_ = State::connecting;
  bool heard_ = true;  // since the last look
  bool room_wanted_ = false;
};

}  // namespace weir
