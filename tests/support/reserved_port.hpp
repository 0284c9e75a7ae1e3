// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>

namespace weir::test {

/// A loopback TCP port for a server of the test, which can start on it, end and start again. While this object lives,
/// the system gives the port to nobody who takes any: a bound socket that does not listen refuses connections, and
/// makes way only for a server that asks for this port and reuses addresses, as servers do. 0: there is none.
class ReservedPort {
 public:
  ReservedPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    if (::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0) return;
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size) != 0) return;
    if (::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0) number_ = ntohs(address.sin_port);
  }
  ReservedPort(const ReservedPort&) = delete;
  ReservedPort& operator=(const ReservedPort&) = delete;
  ~ReservedPort() { ::close(socket_); }

  std::uint16_t number() const { return number_; }

 private:
  int socket_;
  std::uint16_t number_ = 0;
};

}  // namespace weir::test
