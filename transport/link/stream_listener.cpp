// SPDX-License-Identifier: Apache-2.0
#include "transport/link/stream_listener.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <asio/posix/stream_descriptor.hpp>
#include <cerrno>

#include "transport/link/listening_socket.hpp"

namespace weir {
namespace {

constexpr auto kPause = std::chrono::milliseconds(100);  // when the system gives no more sockets
constexpr int kAtOnce = 64;                              // accepted before links get their turn

/// The part of a listener that lives on the loop's thread.
class Acceptor final : public LoopMember, public std::enable_shared_from_this<Acceptor> {
 public:
  Acceptor(std::shared_ptr<LoopCore> core, std::shared_ptr<const StreamLinkSetup> setup, ListeningSocket socket,
           std::function<std::shared_ptr<LinkEvents>()> accept)
      : core_(std::move(core)),
        setup_(std::move(setup)),
        listening_(std::move(socket)),
        waiter_(core_->io()),
        accept_(std::move(accept)) {}

  void start() {
    if (core_->ending()) return;
    core_->add(shared_from_this());
    waiter_.assign(dup(listening_->descriptor()));
    wait();
  }

  void end() {
    std::error_code ignored;
    waiter_.close(ignored);
    listening_.reset();
    accept_ = nullptr;
    core_->remove(this);
  }

  void loop_ends() override { end(); }

 private:
  void wait() {
    waiter_.async_wait(asio::posix::stream_descriptor::wait_read,
                       [self = shared_from_this()](const std::error_code& error) {
                         const LoopCore::Turn turn(*self->core_);
                         if (!error && self->listening_) self->accept_some();
                       });
  }

  void accept_some() {
    for (int i = 0; i < kAtOnce && listening_; ++i) {
      StreamEndpoint from;
      auto bytes = static_cast<socklen_t>(from.capacity());
      const int socket = accept4(listening_->descriptor(), from.data(), &bytes, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (socket < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) return pause();
        break;
      }
      from.resize(bytes);
      begin(socket, from);
    }
    if (listening_) wait();
  }

  void begin(int descriptor, const StreamEndpoint& from) {
    StreamSocket socket(core_->io());
    std::error_code error;
    socket.assign(from.protocol(), descriptor, error);
    if (error) {
      ::close(descriptor);
      return;
    }
    const auto accept = accept_;  // the call may end this listener
    std::shared_ptr<LinkEvents> events = accept();
    if (!events) return;
    std::make_shared<StreamLink>(core_, setup_, std::move(events))->adopt(std::move(socket), from);
  }

  void pause() {
    core_->call_at(core_->now() + kPause, [weak = weak_from_this()] {
      if (const auto self = weak.lock(); self && self->listening_) self->wait();
    });
  }

  std::shared_ptr<LoopCore> core_;
  std::shared_ptr<const StreamLinkSetup> setup_;
  std::optional<ListeningSocket> listening_;
  asio::posix::stream_descriptor waiter_;
  std::function<std::shared_ptr<LinkEvents>()> accept_;
};

class StreamListener final : public Listener {
 public:
  StreamListener(std::shared_ptr<LoopCore> core, std::shared_ptr<Acceptor> acceptor, Address address)
      : core_(std::move(core)), acceptor_(std::move(acceptor)), address_(std::move(address)) {}
  ~StreamListener() override {
    core_->run([this] { acceptor_->end(); });
  }

  Address address() const override { return address_; }

 private:
  std::shared_ptr<LoopCore> core_;
  std::shared_ptr<Acceptor> acceptor_;
  const Address address_;
};

/// The first endpoint that can be listened at.
Result<ListeningSocket> open_first(const Address& at, const std::vector<StreamEndpoint>& endpoints) {
  for (std::size_t i = 0; i + 1 < endpoints.size(); ++i) {
    if (auto socket = ListeningSocket::open(at, endpoints[i])) return socket;
  }
  return ListeningSocket::open(at, endpoints.back());
}

Address with_port(Address address, const StreamEndpoint& endpoint) {
  if (address.scheme == Scheme::unix_socket) return address;
  const auto given = parse_address(endpoint_text(address.scheme, endpoint, {}));
  if (given) address.port = given->port;
  return address;
}

}  // namespace

Result<std::unique_ptr<Listener>> listen_on_socket(const std::shared_ptr<LoopCore>& core, StreamLinkSetup setup,
                                                   std::function<std::shared_ptr<LinkEvents>()> accept) {
  const Address at = setup.address;
  if (at.scheme == Scheme::tls) {
    if (auto context = setup.contexts->get(setup.options.tls); !context) return fail(context.error());
  }
  const auto endpoints = resolve_now(at);
  if (!endpoints) return fail(endpoints.error());
  auto socket = open_first(at, *endpoints);
  if (!socket) return fail(socket.error());
  Address address = with_port(at, socket->endpoint());
  setup.address = address;
  auto shared_setup = std::make_shared<const StreamLinkSetup>(std::move(setup));
  auto acceptor = std::make_shared<Acceptor>(core, std::move(shared_setup), std::move(*socket), std::move(accept));
  core->run([acceptor] { acceptor->start(); });
  return std::make_unique<StreamListener>(core, std::move(acceptor), std::move(address));
}

}  // namespace weir
