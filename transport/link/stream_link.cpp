// SPDX-License-Identifier: Apache-2.0
#include "transport/link/stream_link.hpp"

#include <asio/post.hpp>

#include "transport/link/link_rules.hpp"

namespace weir {
namespace {

constexpr std::size_t kPieces = 64;                       // of one gathered write
constexpr std::size_t kTurnBytes = std::size_t{4} << 20;  // read or written before other links get their turn

std::string seconds_text(Duration time) {
  std::string text = std::to_string(std::chrono::duration<double>(time).count());
  return text.substr(0, text.find('.') + 2) + " s";
}

}  // namespace

StreamLink::StreamLink(std::shared_ptr<LoopCore> core, std::shared_ptr<const StreamLinkSetup> setup,
                       std::shared_ptr<LinkEvents> events)
    : core_(std::move(core)),
      setup_(std::move(setup)),
      events_(std::move(events)),
      socket_(core_->io()),
      reader_(core_->pool(), setup_->options.max_body),
      queue_(setup_->options.max_queued,
             setup_->options.check_bodies && setup_->address.scheme == Scheme::tcp ? &core_->check() : nullptr),
      peer_(setup_->address.text()) {}

void StreamLink::enter() {
  core_->add(shared_from_this());
  if (core_->ending()) end({Code::stopped, "the loop of the links has ended"});
}

/// Ends the link when it has not got that far in time.
void StreamLink::limit_time(const char* what) {
  const Duration limit = setup_->options.connect_timeout;
  core_->call_at(core_->now() + limit, [weak = weak_from_this(), what, limit] {
    const auto self = weak.lock();
    if (!self || self->heard_ || self->state_ == State::closed) return;
    self->end({Code::unavailable, self->peer_ + ": " + what + " within " + seconds_text(limit)});
  });
}

void StreamLink::connect() {
  enter();
  if (state_ == State::closed) return;
  if (Status status = may_connect(setup_->address, setup_->options); !status) return end(std::move(status));
  limit_time("no connection");
  resolve(core_, setup_->address, [weak = weak_from_this()](Result<std::vector<StreamEndpoint>> endpoints) {
    const auto self = weak.lock();
    if (!self || self->state_ == State::closed) return;
    if (!endpoints) return self->end(endpoints.error());
    self->try_next(std::move(*endpoints), 0);
  });
}

void StreamLink::try_next(std::vector<StreamEndpoint> endpoints, std::size_t next) {
  std::error_code error;
  socket_.close(error);
  socket_.open(endpoints[next].protocol(), error);
  if (error) return end({Code::unavailable, peer_ + ": no socket: " + error.message()});
  if (Status status = prepare_socket(socket_.native_handle(), setup_->address.scheme, setup_->options); !status) {
    return end({status.error().code, peer_ + ": " + status.error().text});
  }
  const StreamEndpoint to = endpoints[next];
  socket_.async_connect(to,
                        [self = shared_from_this(), endpoints = std::move(endpoints), next](std::error_code failed) {
                          const LoopCore::Turn turn(*self->core_);
                          if (self->state_ == State::closed) return;
                          if (!failed) return self->begin(endpoints[next]);
                          if (next + 1 < endpoints.size()) return self->try_next(endpoints, next + 1);
                          std::string text = self->peer_ + ": " + failed.message();
                          if (failed == asio::error::connection_refused || failed.value() == ENOENT)
                            text += "; nobody listens there";
                          self->end({Code::unavailable, std::move(text)});
                        });
}

/// Goes on with a socket object that has never waited to write. One that has is told of all room that comes, wanted or
/// not: with each message the loop's thread would wake up in vain.
void StreamLink::begin(const StreamEndpoint& to) {
  std::error_code error;
  const int descriptor = socket_.release(error);
  if (!error) socket_.assign(to.protocol(), descriptor, error);
  if (error) return end({Code::unavailable, peer_ + ": " + error.message()});
  start();
}

void StreamLink::adopt(StreamSocket socket, const StreamEndpoint& from) {
  enter();
  if (state_ == State::closed) return;
  accepted_ = true;
  socket_ = std::move(socket);
  peer_ = endpoint_text(setup_->address.scheme, from, setup_->address.name);
  if (Status status = prepare_socket(socket_.native_handle(), setup_->address.scheme, setup_->options); !status) {
    return end({status.error().code, peer_ + ": " + status.error().text});
  }
  limit_time("no first message");
  start();
}

void StreamLink::start() {
  std::error_code error;
  socket_.native_non_blocking(true, error);
  if (error) return end({Code::unavailable, peer_ + ": " + error.message()});
  if (setup_->address.scheme != Scheme::tls) {
    stream_ = make_plain_stream(socket_.native_handle());
    return opened();
  }
  auto context = setup_->contexts->get(setup_->options.tls);
  if (!context) return end(context.error());
  auto stream = make_tls_stream(socket_.native_handle(), *context, accepted_ ? std::string() : setup_->address.host,
                                core_->record());
  if (!stream) return end(stream.error());
  stream_ = std::move(*stream);
  state_ = State::handshake;
  shake();
}

void StreamLink::shake() {
  const Io io = stream_->handshake();
  if (io.next == Io::Next::more) {
    peer_ += " (" + stream_->identity() + ")";
    return opened();
  }
  go_on(io);
}

void StreamLink::opened() {
  state_ = State::open;
  heard_ = !accepted_;
  events_->on_open(*this);
  turn();
}

void StreamLink::go_on(const Io& io) {
  switch (io.next) {
    case Io::Next::more:
      return later();
    case Io::Next::wait_read:
      return wait_for(StreamSocket::wait_read, reading_);
    case Io::Next::wait_write:
      return wait_for(StreamSocket::wait_write, writing_);
    case Io::Next::ended:
      return end({Code::unavailable, peer_ + ": the other side has closed the link" +
                                         (reader_.between_messages() ? "" : " in the middle of a message")});
    case Io::Next::failed:
      return end({stream_->error().code, peer_ + ": " + stream_->error().text});
  }
}

void StreamLink::wait_for(StreamSocket::wait_type what, bool& waiting) {
  if (std::exchange(waiting, true)) return;
  socket_.async_wait(what, [self = shared_from_this(), &waiting](const std::error_code&) {
    const LoopCore::Turn turn(*self->core_);
    waiting = false;
    self->turn();
  });
}

/// Goes on after all others had their turn.
void StreamLink::later() {
  if (std::exchange(posted_, true)) return;
  asio::post(core_->io(), [self = shared_from_this()] {
    const LoopCore::Turn turn(*self->core_);
    self->posted_ = false;
    self->turn();
  });
}

/// Whatever the socket allows now. Under TLS either direction may have waited for either readiness.
void StreamLink::turn() {
  if (state_ == State::handshake) return shake();
  if (!reading_) read();
  if (!writing_) flush();
  if (state_ == State::open && room_wanted_ && queue_.has_room()) {
    room_wanted_ = false;
    events_->on_room(*this);
  }
  if (state_ == State::open && write_failed_) go_on({Io::Next::failed});
}

void StreamLink::read() {
  std::size_t bytes = 0;
  while (state_ == State::open) {
    const std::span<std::uint8_t> body = reader_.space();
    const std::span<std::uint8_t> ahead = core_->read_ahead();
    const std::array<iovec, 2> into{iovec{body.data(), body.size()}, iovec{ahead.data(), ahead.size()}};
    const Io io = stream_->read(std::span(into).subspan(body.empty() ? 1 : 0));
    const std::size_t in_body = std::min(io.bytes, body.size());
    if (in_body > 0) reader_.filled(in_body);
    if (!take(ahead.first(io.bytes - in_body))) return;
    bytes += io.bytes;
    if (io.next != Io::Next::more || bytes >= kTurnBytes) return go_on(io);
  }
}

/// Hands on the messages that are whole; false when the link is closed after that.
bool StreamLink::take(std::span<const std::uint8_t> input) {
  while (state_ == State::open) {
    InMessage message;
    const auto whole = reader_.next(input, message);
    if (!whole) {
      end({whole.error().code, peer_ + ": " + whole.error().text});
      return false;
    }
    if (!*whole) return true;
    heard_ = true;
    events_->on_message(*this, std::move(message));
  }
  return false;
}

void StreamLink::flush() {
  std::size_t bytes = 0;
  while (state_ == State::open && !queue_.empty() && !write_failed_) {
    std::array<iovec, kPieces> pieces;
    const Io io = stream_->write(std::span(pieces).first(queue_.gather(pieces)));
    queue_.written(io.bytes);
    queue_.commit(io.committed);
    bytes += io.bytes;
    if (io.next == Io::Next::failed) {
      // What the other side said before it went may still be there: it is read first.
      write_failed_ = true;
      reading_ = false;
      return later();
    }
    if (io.next != Io::Next::more || bytes >= kTurnBytes) return go_on(io);
  }
}

bool StreamLink::send(OutMessage message) {
  if (state_ != State::open || write_failed_) return false;
  if (message.body && message.body->bytes > setup_->options.max_body) return false;
  if (!queue_.push(std::move(message))) {
    room_wanted_ = true;
    return false;
  }
  if (!writing_ && !posted_) flush();
  return true;
}

bool StreamLink::withdraw(MessageType type, std::uint64_t id) {
  if (!queue_.withdraw(type, id)) return false;
  if (room_wanted_) later();
  return true;
}

void StreamLink::close() {
  if (state_ == State::open && stream_) stream_->shut();
  end({Code::stopped, peer_ + ": closed by this side"});
}

/// Ends the link; on_close comes by itself, so that nobody hears of it within a call of his own.
void StreamLink::end(Status why) {
  if (state_ == State::closed) return;
  state_ = State::closed;
  why_ = std::move(why);
  queue_.clear();
  std::error_code ignored;
  socket_.close(ignored);
  core_->post([self = shared_from_this()] { self->finish(); });
}

void StreamLink::finish() {
  const std::shared_ptr<LinkEvents> events = std::exchange(events_, nullptr);
  if (!events) return;
  core_->remove(this);
  events->on_close(*this, why_);
}

void StreamLink::loop_ends() {
  end({Code::stopped, peer_ + ": the loop of the links has ended"});
  finish();
}

}  // namespace weir
