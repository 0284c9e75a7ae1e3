// SPDX-License-Identifier: Apache-2.0
#include "transport/shaper/shaping_loop.hpp"

#include <atomic>
#include <deque>
#include <optional>

#include "transport/link/send_queue.hpp"
#include "transport/shaper/token_clock.hpp"

namespace weir {
namespace {

/// Both directions of one bottleneck.
struct Path {
  Path(const Network& network, std::uint64_t number)
      : up(network.up, Random(network.seed + 2 * number).next()),
        down(network.down, Random(network.seed + 2 * number + 1).next()) {}
  TokenClock up, down;
};

/// The near end of a shaped connection: a link for its user, and the one who hears the link below.
class ShapedLink final : public Link, public LinkEvents, public std::enable_shared_from_this<ShapedLink> {
 public:
  ShapedLink(LinkLoop& loop, std::shared_ptr<Path> path, const LinkOptions& options, std::shared_ptr<LinkEvents> events)
      : loop_(loop),
        events_(std::move(events)),
        max_body_(options.max_body),
        waiting_(options.max_queued, nullptr),
        path_(std::move(path)) {}

  void on_open(Link& below) override {
    below_ = &below;
    events_->on_open(*this);
  }

  void on_message(Link&, InMessage message) override {
    const TimePoint arrival = path_->down.pass_message(kHeaderBytes + message.body.view.size(), loop_.now());
    coming_.push_back(std::move(message));
    at(arrival, [](ShapedLink& link) { link.arrived(); });
  }

  void on_room(Link&) override { pass_on(); }

  /// What is still on its way comes first, at once: after on_close there would be no loop to wait for it.
  void on_close(Link& below, const Status& why) override {
    below_ = nullptr;
    for (; !coming_.empty(); coming_.pop_front()) events_->on_message(*this, std::move(coming_.front()));
    peer_ = below.peer();
    waiting_.clear();
    const std::shared_ptr<LinkEvents> events = std::exchange(events_, nullptr);
    events->on_close(*this, why);
    below_link_ = nullptr;
  }

  bool send(OutMessage message) override {
    if (below_ == nullptr || (message.body && message.body->bytes > max_body_)) return false;
    if (!waiting_.push(std::move(message))) {
      room_wanted_ = true;
      return false;
    }
    pump();
    return true;
  }

  bool withdraw(MessageType type, std::uint64_t id) override {
    if (!waiting_.withdraw(type, id)) return false;
    at(loop_.now(), [](ShapedLink& link) { link.tell_room(); });
    return true;
  }

  std::size_t queued_bytes() const override { return waiting_.bytes(); }
  void close() override {
    if (below_link_) below_link_->close();
  }
  std::string peer() const override { return below_ != nullptr ? below_->peer() : peer_; }

  void set_below(std::shared_ptr<Link> link) { below_link_ = std::move(link); }

 private:
  /// `call` at that time, if the link is still open then.
  void at(TimePoint when, void (*call)(ShapedLink&)) {
    if (when == kNever) return;
    loop_.call_at(when, [weak = weak_from_this(), call] {
      if (const auto self = weak.lock(); self && self->below_ != nullptr) call(*self);
    });
  }

  /// Lets the next message into the bottleneck when that is free.
  void pump() {
    while (!waiting_.empty() && path_->up.free_at() <= loop_.now()) {
      OutMessage message = waiting_.pop();
      const TimePoint arrival = path_->up.pass_message(kHeaderBytes + message.header.body_bytes, loop_.now());
      going_.push_back(std::move(message));
      at(arrival, [](ShapedLink& link) {
        ++link.passed_;
        link.pass_on();
      });
    }
    if (!waiting_.empty() && !std::exchange(pump_due_, true)) {
      at(path_->up.free_at(), [](ShapedLink& link) {
        link.pump_due_ = false;
        link.pump();
        link.tell_room();
      });
    }
  }

  /// Gives what has passed the network to the link below, as far as that has room.
  void pass_on() {
    while (passed_ > 0 && below_->send(going_.front())) {
      going_.pop_front();
      --passed_;
    }
  }

  void arrived() {
    InMessage message = std::move(coming_.front());
    coming_.pop_front();
    events_->on_message(*this, std::move(message));
  }

  void tell_room() {
    if (!room_wanted_ || !waiting_.has_room()) return;
    room_wanted_ = false;
    events_->on_room(*this);
  }

  LinkLoop& loop_;
  std::shared_ptr<LinkEvents> events_;
  const std::size_t max_body_;
  SendQueue waiting_;
  const std::shared_ptr<Path> path_;  // used on the loop's thread alone
  std::deque<OutMessage> going_;      // on their way, in order
  std::size_t passed_ = 0;            // of them, at the far end already
  std::deque<InMessage> coming_;
  std::shared_ptr<Link> below_link_;
  Link* below_ = nullptr;  // while it is open
  std::string peer_;
  bool pump_due_ = false;
  bool room_wanted_ = false;
};

class ShapingLoop final : public LinkLoop {
 public:
  ShapingLoop(LinkLoop& loop, std::unique_ptr<LinkLoop> owned, Network network)
      : loop_(loop),
        network_(std::move(network)),
        path_(std::make_shared<Path>(network_, 0)),
        owned_(std::move(owned)) {}

  void stop() override { loop_.stop(); }
  TimePoint now() const override { return loop_.now(); }
  void post(std::function<void()> call) override { loop_.post(std::move(call)); }
  void dispatch(std::function<void()> call) override { loop_.dispatch(std::move(call)); }
  void call_at(TimePoint when, std::function<void()> call) override { loop_.call_at(when, std::move(call)); }

  std::shared_ptr<Link> connect(const Address& to, const LinkOptions& options,
                                std::shared_ptr<LinkEvents> events) override {
    auto path = network_.one_path ? path_ : std::make_shared<Path>(network_, links_++);
    auto link = std::make_shared<ShapedLink>(loop_, std::move(path), options, std::move(events));
    loop_.post([&loop = loop_, link, to, options] { link->set_below(loop.connect(to, options, link)); });
    return link;
  }

  Result<std::unique_ptr<Listener>> listen(const Address& at, const LinkOptions& options,
                                           std::function<std::shared_ptr<LinkEvents>()> accept) override {
    return loop_.listen(at, options, std::move(accept));
  }

 private:
  LinkLoop& loop_;
  const Network network_;
  const std::shared_ptr<Path> path_;  // of all connections, where they have one in common
  std::atomic<std::uint64_t> links_{0};
  const std::unique_ptr<LinkLoop> owned_;  // last: its thread ends before what it uses
};

}  // namespace

std::unique_ptr<LinkLoop> make_shaping_loop(LinkLoop& loop, Network network) {
  return std::make_unique<ShapingLoop>(loop, nullptr, std::move(network));
}

std::unique_ptr<LinkLoop> make_shaping_loop(std::unique_ptr<LinkLoop> loop, Network network) {
  LinkLoop& below = *loop;
  return std::make_unique<ShapingLoop>(below, std::move(loop), std::move(network));
}

}  // namespace weir
