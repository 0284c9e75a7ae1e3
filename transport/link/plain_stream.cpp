// SPDX-License-Identifier: Apache-2.0
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

#include "transport/link/byte_stream.hpp"

namespace weir {
namespace {

std::size_t bytes_of(std::span<const iovec> pieces) {
  std::size_t bytes = 0;
  for (const iovec& piece : pieces) bytes += piece.iov_len;
  return bytes;
}

class PlainStream final : public ByteStream {
 public:
  explicit PlainStream(int socket) : socket_(socket) {}

  Io handshake() override { return {}; }

  /// Less than was asked for means that the socket is empty: the next thing to do is to wait.
  Io read(std::span<const iovec> into) override {
    msghdr message = header(into);
    ssize_t n = 0;
    do {
      n = recvmsg(socket_, &message, 0);
    } while (n < 0 && errno == EINTR);
    if (n == 0) return {Io::Next::ended};
    if (n < 0) return failed(Io::Next::wait_read);
    const auto bytes = static_cast<std::size_t>(n);
    return {bytes < bytes_of(into) ? Io::Next::wait_read : Io::Next::more, bytes};
  }

  Io write(std::span<const iovec> from) override {
    msghdr message = header(from);
    ssize_t n = 0;
    do {
      n = sendmsg(socket_, &message, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    if (n < 0) return failed(Io::Next::wait_write);
    const auto bytes = static_cast<std::size_t>(n);
    return {bytes < bytes_of(from) ? Io::Next::wait_write : Io::Next::more, bytes};
  }

  Error error() const override {
    if (errno_ == ECONNRESET || errno_ == EPIPE) return {Code::unavailable, "the other side has cut the connection"};
    return {Code::unavailable, std::generic_category().message(errno_)};
  }

 private:
  static msghdr header(std::span<const iovec> pieces) {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces.data());
    message.msg_iovlen = pieces.size();
    return message;
  }

  Io failed(Io::Next when_not_ready) {
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {when_not_ready};
    errno_ = errno;
    return {Io::Next::failed};
  }

  const int socket_;
  int errno_ = 0;
};

}  // namespace

std::unique_ptr<ByteStream> make_plain_stream(int socket) { return std::make_unique<PlainStream>(socket); }

}  // namespace weir
