// SPDX-License-Identifier: Apache-2.0
#include "transport/link/nats/nats_listener.hpp"

#include <algorithm>
#include <future>
#include <random>

#include "kernels/base/random.hpp"
#include "transport/link/link_rules.hpp"
#include "transport/link/nats/nats_link.hpp"

namespace weir {
namespace {

constexpr auto kProbeTime = std::chrono::milliseconds(300);  // for another worker of this name to answer
constexpr double kFirstRetryMs = 50, kLastRetryMs = 1000;

/// The part of a listener that lives on the loop's thread. Its trunk goes with the server; then it makes another one.
class NatsAcceptor final : public LoopMember, public std::enable_shared_from_this<NatsAcceptor> {
 public:
  using Accept = std::function<std::shared_ptr<LinkEvents>()>;

  NatsAcceptor(std::shared_ptr<NatsLinks> links, Address at, LinkOptions options, Accept accept)
      : links_(std::move(links)),
        core_(links_->core()),
        at_(std::move(at)),
        options_(std::move(options)),
        prefix_(nats_worker_prefix(at_.name)),
        accept_(std::move(accept)),
        random_(derive_seed(std::random_device{}(), at_.name)) {}

  std::future<Status> first() { return first_.get_future(); }

  void start() {
    if (core_->ending()) return tell_first({Code::stopped, "the loop of the links has ended"});
    core_->add(shared_from_this());
    begin();
  }

  void end() {
    if (!accept_) return;
    accept_ = nullptr;
    tell_first({Code::stopped, at_.text() + ": closed by this side"});
    core_->remove(this);
    const auto trunk = std::exchange(trunk_, nullptr);
    if (!trunk) return;
    if (trunk->is_up()) trunk->connection()->unsubscribe(prefix_ + "open");
    trunk->not_wanted();
  }

  void loop_ends() override { end(); }

 private:
  void begin() {
    if (!accept_) return;
    const std::weak_ptr<NatsAcceptor> weak = weak_from_this();
    const auto tell = [weak](auto call) {
      if (const auto self = weak.lock()) call(*self);
    };
    NatsTrunk::Hooks hooks;
    hooks.up = [tell] { tell([](NatsAcceptor& self) { self.came_up(); }); };
    hooks.stray = [tell](const NatsArrival& arrival) { tell([&](NatsAcceptor& self) { self.take(arrival); }); };
    hooks.down = [tell](const Status& why) { tell([&](NatsAcceptor& self) { self.went_down(why); }); };
    trunk_ = std::make_shared<NatsTrunk>(core_, std::move(hooks));
    listening_ = false;
    trunk_->start(nats_access(at_, options_));
    links_->keep(trunk_->connection());
  }

  void came_up() {
    trunk_->connection()->subscribe(prefix_ + "in.*");
    trunk_->connection()->signal(std::make_shared<const NatsRoute>(NatsRoute{prefix_ + "open", prefix_ + "in.probe"}),
                                 {NatsSignal::probe});
    core_->call_at(core_->now() + kProbeTime, [weak = weak_from_this(), trunk = std::weak_ptr(trunk_)] {
      // Whoever is silent for so long is the rest of a connection that the server has not noticed the end of.
      if (const auto self = weak.lock(); self && self->trunk_ == trunk.lock()) self->listen();
    });
  }

  void listen() {
    if (!accept_ || !trunk_ || !trunk_->is_up() || std::exchange(listening_, true)) return;
    trunk_->connection()->subscribe(prefix_ + "open");
    trunk_->connection()->settle([weak = weak_from_this(), trunk = std::weak_ptr(trunk_)](const Status& status) {
      const auto self = weak.lock();
      if (!self || self->trunk_ != trunk.lock()) return;
      if (!status) return self->give_up(status);
      self->retry_ms_ = kFirstRetryMs;
      self->tell_first({});
    });
  }

  /// What is for no link: an answer to the own probe, somebody else's probe, or a device that wants a link.
  void take(const NatsArrival& arrival) {
    const bool is_signal = arrival.kind == NatsArrival::Kind::control;
    if (arrival.token == "probe") {
      if (arrival.kind == NatsArrival::Kind::nobody) return listen();
      if (!is_signal || arrival.control.signal != NatsSignal::taken || listening_) return;
      return give_up({Code::unavailable, at_.text() + ": somebody listens there already; choose another name"});
    }
    if (!is_signal) return;
    if (arrival.control.signal == NatsSignal::probe && arrival.reply == prefix_ + "in.probe") {
      return answer(arrival.reply, NatsSignal::taken);
    }
    if (arrival.control.signal == NatsSignal::open && is_nats_device_subject(arrival.reply)) open(arrival.reply);
  }

  void open(const std::string& device) {
    const std::string token(last_part(device));
    if (const auto link = trunk_->find(token)) return link->accept_again();
    const auto accept = accept_;  // the call may end this listener
    const auto trunk = trunk_;
    const std::shared_ptr<LinkEvents> events = accept ? accept() : nullptr;
    if (!events) return answer_on(*trunk, device, NatsSignal::refused);
    const std::string peer = at_.text() + " from " + device.substr(device.find('.', sizeof("weir.v1")) + 1);
    std::make_shared<NatsLink>(core_, peer, options_, events)->accept(trunk, {device, prefix_ + "in." + token});
  }

  void answer(const std::string& to, NatsSignal signal) { answer_on(*trunk_, to, signal); }
  static void answer_on(const NatsTrunk& trunk, const std::string& to, NatsSignal signal) {
    trunk.connection()->signal(std::make_shared<const NatsRoute>(NatsRoute{to, ""}), {signal});
  }

  void give_up(Status why) {
    if (first_told_) return trunk_->connection()->end();  // and try again
    tell_first(std::move(why));
    end();
  }

  void went_down(const Status& why) {
    trunk_ = nullptr;
    if (!accept_) return;
    if (!first_told_) {
      tell_first({why.error().code, at_.text() + ": " + why.error().text});
      return end();
    }
    const double wait = retry_ms_ * random_.uniform(1.0, 2.0);
    retry_ms_ = std::min(2 * retry_ms_, kLastRetryMs);
    core_->call_at(core_->now() + std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>(wait)),
                   [weak = weak_from_this()] {
                     if (const auto self = weak.lock()) self->begin();
                   });
  }

  void tell_first(Status status) {
    if (!std::exchange(first_told_, true)) first_.set_value(std::move(status));
  }

  const std::shared_ptr<NatsLinks> links_;
  const std::shared_ptr<LoopCore> core_;
  const Address at_;
  const LinkOptions options_;
  const std::string prefix_;
  Accept accept_;
  Random random_;
  std::shared_ptr<NatsTrunk> trunk_;
  std::promise<Status> first_;  // of the first time that it listens
  double retry_ms_ = kFirstRetryMs;
  bool first_told_ = false;
  bool listening_ = false;  // of the present trunk
};

class NatsListener final : public Listener {
 public:
  NatsListener(std::shared_ptr<LoopCore> core, std::shared_ptr<NatsAcceptor> acceptor, Address address)
      : core_(std::move(core)), acceptor_(std::move(acceptor)), address_(std::move(address)) {}
  ~NatsListener() override {
    core_->run([this] { acceptor_->end(); });
  }
  Address address() const override { return address_; }

 private:
  const std::shared_ptr<LoopCore> core_;
  const std::shared_ptr<NatsAcceptor> acceptor_;
  const Address address_;
};

}  // namespace

Result<std::unique_ptr<Listener>> listen_on_nats(const std::shared_ptr<NatsLinks>& links, const Address& at,
                                                 const LinkOptions& options,
                                                 std::function<std::shared_ptr<LinkEvents>()> accept) {
  auto acceptor = std::make_shared<NatsAcceptor>(links, at, options, std::move(accept));
  auto first = acceptor->first();
  if (!links->core()->post([acceptor] { acceptor->start(); })) return fail(Code::stopped, "the loop has ended");
  if (Status status = first.get(); !status) return fail(status.error());
  return std::make_unique<NatsListener>(links->core(), std::move(acceptor), at);
}

}  // namespace weir
