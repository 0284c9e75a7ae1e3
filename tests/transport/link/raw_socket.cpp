// SPDX-License-Identifier: Apache-2.0
#include "tests/transport/link/raw_socket.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

namespace weir::test {

RawSocket::RawSocket(const Address& to) : socket_(-1) {
  int result = -1;
  if (to.scheme == Scheme::unix_socket) {
    socket_ = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, to.name.data(), to.name.size());
    result = connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  } else {
    socket_ = socket(AF_INET, SOCK_STREAM, 0);
    const int yes = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(to.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    result = connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  EXPECT_EQ(result, 0) << std::strerror(errno);
}

RawSocket::~RawSocket() {
  if (socket_ >= 0) close(socket_);
}

void RawSocket::write(std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return;  // the other side has closed, which it may do as soon as it sees something wrong
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
}

void RawSocket::end_writing() { shutdown(socket_, SHUT_WR); }

std::vector<std::uint8_t> RawSocket::read(std::size_t bytes) {
  std::vector<std::uint8_t> out(bytes);
  std::size_t filled = 0;
  while (filled < bytes) {
    const ssize_t n = recv(socket_, out.data() + filled, bytes - filled, 0);
    if (n <= 0) break;
    filled += static_cast<std::size_t>(n);
  }
  out.resize(filled);
  return out;
}

void RawSocket::reset() {
  const linger at_once{1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(socket_);
  socket_ = -1;
}

}  // namespace weir::test
