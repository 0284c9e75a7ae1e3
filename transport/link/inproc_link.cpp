// SPDX-License-Identifier: Apache-2.0
#include "transport/link/inproc_link.hpp"

#include <map>
#include <mutex>

#include "transport/link/inproc_channel.hpp"

namespace weir {
namespace {

constexpr int kAtOnce = 64;  // messages handed on before other links get their turn

/// One end of a link. Its channels are shared with the other end.
class InprocLink final : public Link, public LoopMember, public std::enable_shared_from_this<InprocLink> {
 public:
  InprocLink(std::shared_ptr<LoopCore> core, const Address& address, const LinkOptions& options,
             std::shared_ptr<LinkEvents> events, std::shared_ptr<InprocChannel> out, std::shared_ptr<InprocChannel> in)
      : core_(std::move(core)),
        peer_(address.text()),
        max_body_(options.max_body),
        events_(std::move(events)),
        out_(std::move(out)),
        in_(std::move(in)) {}

  void enter() { core_->add(shared_from_this()); }

  /// On the loop's thread, once the other end is there.
  void open(const std::shared_ptr<InprocLink>& other) {
    other_ = other;
    if (closed_) return tell_other(end_as_closed);
    if (core_->ending()) return close_with({Code::stopped, peer_ + ": the loop of the links has ended"});
    open_ = true;
    events_->on_open(*this);
  }

  bool send(OutMessage message) override {
    if (closed_ || !open_ || (message.body && message.body->bytes > max_body_)) return false;
    const InprocChannel::Sent sent = out_->send(std::move(message));
    if (sent.wake) tell_other([](InprocLink& other) { other.receive(); });
    return sent.queued;
  }

  bool withdraw(MessageType type, std::uint64_t id) override {
    const InprocChannel::Withdrawn withdrawn = out_->withdraw(type, id);
    if (withdrawn.room) core_->post([self = shared_from_this()] { self->tell_room(); });
    return withdrawn.found;
  }

  std::size_t queued_bytes() const override { return out_->bytes(); }
  std::string peer() const override { return peer_; }

  void close() override { close_with({Code::stopped, peer_ + ": closed by this side"}); }

  /// Ends this end; on_close comes by itself, so that nobody hears of it within a call of his own.
  void end(Status why) {
    if (std::exchange(closed_, true)) return;
    why_ = std::move(why);
    out_->close();
    in_->drop();
    core_->post([self = shared_from_this()] { self->finish(); });
  }

  void loop_ends() override {
    close_with({Code::stopped, peer_ + ": the loop of the links has ended"});
    finish();
  }

 private:
  static void end_as_closed(InprocLink& link) {
    link.end({Code::unavailable, link.peer_ + ": the other side has closed the link"});
  }

  void close_with(Status why) {
    if (closed_) return;
    tell_other(end_as_closed);
    end(std::move(why));
  }

  void tell_other(void (*call)(InprocLink&)) {
    const std::shared_ptr<InprocLink> other = other_.lock();
    if (other) other->core_->post([other, call] { call(*other); });
  }

  void receive() {
    for (int i = 0; i < kAtOnce; ++i) {
      if (closed_) return;
      InprocChannel::Taken taken = in_->take();
      if (taken.room) tell_other([](InprocLink& other) { other.tell_room(); });
      if (!taken.message) return;
      hand_on(std::move(*taken.message));
    }
    core_->post([self = shared_from_this()] { self->receive(); });
  }

  void hand_on(OutMessage message) {
    InMessage in;
    in.header = message.header;
    if (in.header.body_bytes > max_body_) {
      return close_with({Code::invalid, peer_ + ": a body has " + std::to_string(in.header.body_bytes) +
                                            " bytes, agreed are at most " + std::to_string(max_body_) +
                                            "; raise the limit on both sides or send less"});
    }
    if (message.body) in.body = core_->pool()->in_one_piece(*message.body);
    events_->on_message(*this, std::move(in));
  }

  void tell_room() {
    if (!closed_) events_->on_room(*this);
  }

  void finish() {
    const std::shared_ptr<LinkEvents> events = std::exchange(events_, nullptr);
    if (!events) return;
    core_->remove(this);
    events->on_close(*this, why_);
  }

  const std::shared_ptr<LoopCore> core_;
  const std::string peer_;
  const std::size_t max_body_;
  std::shared_ptr<LinkEvents> events_;
  std::shared_ptr<InprocChannel> out_, in_;
  std::weak_ptr<InprocLink> other_;
  Status why_;
  bool open_ = false;
  bool closed_ = false;
};

/// What listens at a name.
struct Entry {
  std::shared_ptr<LoopCore> core;
  LinkOptions options;
  std::function<std::shared_ptr<LinkEvents>()> accept;
};

/// The names that are listened at in this process. Thread-safe.
class Names {
 public:
  static Names& all() {
    static Names names;
    return names;
  }
  bool add(const std::string& name, std::shared_ptr<Entry> entry) {
    const std::scoped_lock lock(mutex_);
    return entries_.emplace(name, std::move(entry)).second;
  }
  void remove(const std::string& name) {
    const std::scoped_lock lock(mutex_);
    entries_.erase(name);
  }
  std::shared_ptr<Entry> find(const std::string& name) {
    const std::scoped_lock lock(mutex_);
    const auto found = entries_.find(name);
    return found == entries_.end() ? nullptr : found->second;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Entry>> entries_;
};

class InprocListener final : public Listener {
 public:
  InprocListener(Address address, std::shared_ptr<Entry> entry)
      : address_(std::move(address)), entry_(std::move(entry)) {}
  ~InprocListener() override {
    Names::all().remove(address_.name);
    entry_->core->run([this] { entry_->accept = nullptr; });
  }
  Address address() const override { return address_; }

 private:
  const Address address_;
  std::shared_ptr<Entry> entry_;
};

/// The end that asks for a link, and what it is asked of.
struct Asking {
  Address to;
  std::shared_ptr<Entry> entry;
  std::shared_ptr<LoopCore> core;
  std::shared_ptr<InprocLink> link;
  std::shared_ptr<InprocChannel> there, back;
};

/// On the listener's loop: makes the other end and opens both.
void accept(const Asking& asking) {
  const Entry& entry = *asking.entry;
  const auto accept_link = entry.accept;  // the call may end the listener
  const std::shared_ptr<LinkEvents> events = accept_link && !entry.core->ending() ? accept_link() : nullptr;
  if (!events) {
    asking.core->post([link = asking.link, text = asking.to.text()] {
      link->end({Code::unavailable, text + ": the listener refuses the link"});
    });
    return;
  }
  const auto far =
      std::make_shared<InprocLink>(entry.core, asking.to, entry.options, events, asking.back, asking.there);
  asking.core->post([link = asking.link, far] { link->open(far); });  // first: it must be open when it receives
  far->enter();
  far->open(asking.link);
}

}  // namespace

Result<std::unique_ptr<Listener>> listen_inproc(const std::shared_ptr<LoopCore>& core, const Address& at,
                                                const LinkOptions& options,
                                                std::function<std::shared_ptr<LinkEvents>()> accept) {
  auto entry = std::make_shared<Entry>(Entry{core, options, std::move(accept)});
  if (!Names::all().add(at.name, entry)) {
    return fail(Code::unavailable, at.text() + ": somebody listens there already; choose another name");
  }
  return std::make_unique<InprocListener>(at, std::move(entry));
}

std::shared_ptr<Link> connect_inproc(const std::shared_ptr<LoopCore>& core, const Address& to,
                                     const LinkOptions& options, std::shared_ptr<LinkEvents> events) {
  const std::shared_ptr<Entry> entry = Names::all().find(to.name);
  auto there = std::make_shared<InprocChannel>(options.max_queued);
  auto back = std::make_shared<InprocChannel>(entry ? entry->options.max_queued : 0);
  auto link = std::make_shared<InprocLink>(core, to, options, std::move(events), there, back);
  core->post([asking = Asking{to, entry, core, link, there, back}] {
    asking.link->enter();
    if (asking.entry && asking.entry->core->post([asking] { accept(asking); })) return;
    asking.link->end({Code::unavailable, asking.to.text() + ": nobody in this process listens there"});
  });
  return link;
}

}  // namespace weir
