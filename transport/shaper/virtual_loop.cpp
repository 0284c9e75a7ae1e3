// SPDX-License-Identifier: Apache-2.0
#include "transport/shaper/virtual_loop.hpp"

#include <algorithm>

#include "transport/link/body_pool.hpp"
#include "transport/link/inproc_channel.hpp"

namespace weir {
namespace {

constexpr std::size_t kPooledBytes = 16 << 20;

constexpr auto kLater = [](const auto& a, const auto& b) {
  return a.when != b.when ? a.when > b.when : a.order > b.order;
};

const std::shared_ptr<BodyPool>& pool() {
  static const std::shared_ptr<BodyPool> shared = BodyPool::create(kPooledBytes);
  return shared;
}

}  // namespace

/// What listens at a name.
struct VirtualLoop::Place {
  LinkOptions options;
  std::function<std::shared_ptr<LinkEvents>()> accept;
};

/// One end of a link.
class VirtualLoop::End final : public Link, public std::enable_shared_from_this<End> {
 public:
  End(VirtualLoop& loop, std::string peer, const LinkOptions& options, std::shared_ptr<LinkEvents> events)
      : loop_(loop),
        peer_(std::move(peer)),
        max_body_(options.max_body),
        events_(std::move(events)),
        out_(options.max_queued) {}

  void open(const std::shared_ptr<End>& other) {
    if (!events_ || closed_) return;
    other_ = other;
    open_ = true;
    events_->on_open(*this);
  }

  bool send(OutMessage message) override {
    if (!open_ || closed_ || (message.body && message.body->bytes > max_body_)) return false;
    const InprocChannel::Sent sent = out_.send(std::move(message));
    if (sent.wake) later([](End& self) { self.deliver(); });
    return sent.queued;
  }

  bool withdraw(MessageType type, std::uint64_t id) override {
    const InprocChannel::Withdrawn withdrawn = out_.withdraw(type, id);
    if (withdrawn.room) later([](End& self) { self.tell_room(); });
    return withdrawn.found;
  }

  std::size_t queued_bytes() const override { return out_.bytes(); }
  std::string peer() const override { return peer_; }

  void close() override {
    if (closed_) return;
    end({Code::stopped, peer_ + ": closed by this side"});
    tell_other();
  }

  /// on_close comes as an event of its own.
  void end(Status why) {
    if (std::exchange(closed_, true)) return;
    why_ = std::move(why);
    later([](End& self) { self.finish(); });
  }

  void finish() {
    const auto events = std::exchange(events_, nullptr);
    if (!events) return;
    const auto self = shared_from_this();
    std::erase(loop_.ends_, self);
    events->on_close(*this, why_);
  }

 private:
  void later(void (*call)(End&)) {
    loop_.post([self = shared_from_this(), call] { call(*self); });
  }

  /// After what was sent before.
  void tell_other() {
    loop_.post([weak = other_] {
      const auto other = weak.lock();
      if (other) other->end({Code::unavailable, other->peer_ + ": the other side has closed the link"});
    });
  }

  void deliver() {
    for (;;) {
      InprocChannel::Taken taken = out_.take();
      if (!taken.message) return;
      if (taken.room) later([](End& self) { self.tell_room(); });
      if (const auto other = other_.lock()) other->receive(std::move(*taken.message));
    }
  }

  void receive(OutMessage message) {
    if (closed_) return;
    if (message.header.body_bytes > max_body_) {
      end({Code::invalid, peer_ + ": a body has " + std::to_string(message.header.body_bytes) +
                              " bytes, agreed are at most " + std::to_string(max_body_)});
      return tell_other();
    }
    events_->on_message(*this, {message.header, message.body ? pool()->in_one_piece(*message.body) : Bytes{}});
  }

  void tell_room() {
    if (!closed_) events_->on_room(*this);
  }

  VirtualLoop& loop_;
  const std::string peer_;
  const std::size_t max_body_;
  std::shared_ptr<LinkEvents> events_;
  InprocChannel out_;
  std::weak_ptr<End> other_;
  Status why_;
  bool open_ = false;
  bool closed_ = false;
};

class VirtualLoop::Opening final : public Listener {
 public:
  Opening(std::shared_ptr<std::map<std::string, std::shared_ptr<Place>>> places, Address address)
      : places_(std::move(places)), address_(std::move(address)) {}
  ~Opening() override { places_->erase(address_.name); }
  Address address() const override { return address_; }

 private:
  std::shared_ptr<std::map<std::string, std::shared_ptr<Place>>> places_;
  const Address address_;
};

VirtualLoop::VirtualLoop() : places_(std::make_shared<std::map<std::string, std::shared_ptr<Place>>>()) {}

VirtualLoop::~VirtualLoop() { VirtualLoop::stop(); }

void VirtualLoop::stop() {
  while (!ends_.empty()) {
    const std::shared_ptr<End> end = ends_.back();
    end->end({Code::stopped, end->peer() + ": the loop of the links has ended"});
    end->finish();
  }
}

void VirtualLoop::call_at(TimePoint when, std::function<void()> call) {
  if (when == kNever) return;
  timed_.push_back({std::max(when, now_), order_++, std::move(call)});
  std::push_heap(timed_.begin(), timed_.end(), kLater);
}

TimePoint VirtualLoop::next_event() const { return timed_.empty() ? kNever : timed_.front().when; }

void VirtualLoop::run_until(TimePoint end) {
  while (!timed_.empty() && timed_.front().when <= end) {
    std::pop_heap(timed_.begin(), timed_.end(), kLater);
    const Timed due = std::move(timed_.back());
    timed_.pop_back();
    now_ = due.when;
    due.call();
  }
  now_ = std::max(now_, end);
}

std::shared_ptr<Link> VirtualLoop::connect(const Address& to, const LinkOptions& options,
                                           std::shared_ptr<LinkEvents> events) {
  auto near = std::make_shared<End>(*this, to.text(), options, std::move(events));
  ends_.push_back(near);
  post([this, near, to] {
    const auto found = places_->find(to.name);
    const std::shared_ptr<Place> place = found == places_->end() ? nullptr : found->second;
    const auto accept = place ? place->accept : nullptr;  // the call may end the listener
    const std::shared_ptr<LinkEvents> far_events = accept ? accept() : nullptr;
    if (!far_events)
      return near->end({Code::unavailable, to.text() + ": nobody listens there, or the link is refused"});
    const auto far = std::make_shared<End>(*this, to.text(), place->options, far_events);
    ends_.push_back(far);
    post([near, far] { near->open(far); });
    post([near, far] { far->open(near); });
  });
  return near;
}

Result<std::unique_ptr<Listener>> VirtualLoop::listen(const Address& at, const LinkOptions& options,
                                                      std::function<std::shared_ptr<LinkEvents>()> accept) {
  if (at.scheme != Scheme::inproc) return fail(Code::unsupported, at.text() + ": virtual time has inproc links only");
  auto place = std::make_shared<Place>(Place{options, std::move(accept)});
  if (!places_->emplace(at.name, std::move(place)).second) {
    return fail(Code::unavailable, at.text() + ": somebody listens there already; choose another name");
  }
  return std::make_unique<Opening>(places_, at);
}

}  // namespace weir
