// SPDX-License-Identifier: Apache-2.0
#include "transport/link/nats/nats_links.hpp"
#include "transport/link/nats/record_stream.hpp"

namespace weir {
namespace {

Status absent(const Address& address) {
  return {Code::unsupported, address.text() +
                                 ": this build has no NATS; install libnats-dev and build again, or use "
                                 "tls:// between machines"};
}

/// A link that never opens.
class NoLink final : public Link {
 public:
  explicit NoLink(std::string peer) : peer_(std::move(peer)) {}
  bool send(OutMessage) override { return false; }
  bool withdraw(MessageType, std::uint64_t) override { return false; }
  std::size_t queued_bytes() const override { return 0; }
  void close() override {}
  std::string peer() const override { return peer_; }

 private:
  const std::string peer_;
};

}  // namespace

class NatsConnection {};
class NatsTrunk {};

std::shared_ptr<Link> NatsLinks::connect(const Address& to, const LinkOptions&, std::shared_ptr<LinkEvents> events) {
  auto link = std::make_shared<NoLink>(to.text());
  core_->post([link, events = std::move(events), why = absent(to)] { events->on_close(*link, why); });
  return link;
}

Result<std::unique_ptr<Listener>> NatsLinks::listen(const Address& at, const LinkOptions&,
                                                    std::function<std::shared_ptr<LinkEvents>()>) {
  return fail(absent(at).error());
}

void NatsLinks::stop() {}

struct RecordStream::Impl {};
RecordStream::~RecordStream() = default;

Result<std::unique_ptr<RecordStream>> RecordStream::open(const RecordStreamOptions& options,
                                                         std::function<void(RecordAnswer)>) {
  return fail(absent(options.server).error());
}

Status RecordStream::publish(std::uint64_t, const std::string&, std::span<const std::uint8_t>) {
  return {Code::unsupported, "this build has no NATS"};
}

std::size_t RecordStream::max_payload() const { return 0; }

}  // namespace weir
