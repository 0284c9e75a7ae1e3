// SPDX-License-Identifier: Apache-2.0
#include "bench/net/raw_tcp.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

#include "bench/common/machine.hpp"

namespace weir::bench {
namespace {

constexpr std::size_t kSmall = 64, kLarge = std::size_t{64} << 10;
constexpr timeval kPatience{10, 0};  // with a network that is silent

Status broken(const std::string& what) {
  return {Code::io, "plain TCP over the shaped networks: " + what + ": " + std::generic_category().message(errno)};
}

OwnFd new_socket() {
  OwnFd made(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int yes = 1;
  setsockopt(made.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  setsockopt(made.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  setsockopt(made.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  return made;
}

Status listen_far(const ShapedNetworks& networks, OwnFd& listening, sockaddr_in& at) {
  const OwnNetwork::Visit visit(networks.far());
  if (!visit.status()) return visit.status();
  listening = new_socket();
  at.sin_family = AF_INET;
  inet_pton(AF_INET, ShapedNetworks::kFar, &at.sin_addr);
  socklen_t size = sizeof at;
  auto* const name = reinterpret_cast<sockaddr*>(&at);
  if (bind(listening.get(), name, size) == 0 && listen(listening.get(), 1) == 0 &&
      getsockname(listening.get(), name, &size) == 0) {
    return {};
  }
  return broken("no socket listens");
}

Status connect_near(const ShapedNetworks& networks, OwnFd& connected, const sockaddr_in& at) {
  const OwnNetwork::Visit visit(networks.near());
  if (!visit.status()) return visit.status();
  connected = new_socket();
  if (connect(connected.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0) return {};
  return broken("no connection");
}

/// The two ends of one connection.
struct Connection {
  OwnFd near, far;
};

Result<Connection> connect_through(const ShapedNetworks& networks) {
  Connection made;
  OwnFd listening;
  sockaddr_in at{};
  Status done = listen_far(networks, listening, at);
  if (done) done = connect_near(networks, made.near, at);
  if (!done) return fail(done.error());
  made.far = OwnFd(accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC));
  const int yes = 1;
  setsockopt(made.far.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  setsockopt(made.far.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  if (!made.far) return fail(broken("nobody connects").error());
  return made;
}

bool pass(const OwnFd& from, const OwnFd& to) {
  std::array<std::uint8_t, kSmall> message{};
  return send(from.get(), message.data(), kSmall, MSG_NOSIGNAL) == ssize_t{kSmall} &&
         recv(to.get(), message.data(), kSmall, MSG_WAITALL) == ssize_t{kSmall};
}

/// One thread does both ends, so that no waking of another is in the time.
Status take_round_trips(const Connection& connection, int count, std::vector<double>& times_ms) {
  for (int i = 0; i < count; ++i) {
    const double start = wall_seconds();
    if (!pass(connection.near, connection.far) || !pass(connection.far, connection.near)) return broken("no answer");
    times_ms.push_back((wall_seconds() - start) * 1e3);
  }
  return {};
}

/// Counts from the first quarter of the time on: what came before it was slow start.
Status take_bulk(const Connection& connection, Duration time, double& bits_per_second) {
  std::thread sender([&] {
    const std::vector<std::uint8_t> payload(kLarge);
    while (send(connection.near.get(), payload.data(), payload.size(), MSG_NOSIGNAL) > 0) continue;
  });
  const double begin = wall_seconds() + std::chrono::duration<double>(time).count() / 4;
  const double end = wall_seconds() + std::chrono::duration<double>(time).count();
  std::vector<std::uint8_t> into(kLarge);
  double bytes = 0, since = 0, last = 0;
  ssize_t n = 0;
  while (last < end && (n = recv(connection.far.get(), into.data(), into.size(), 0)) > 0) {
    last = wall_seconds();
    if (since > 0) bytes += static_cast<double>(n);
    if (since == 0 && last >= begin) since = last;
  }
  shutdown(connection.near.get(), SHUT_RDWR);
  sender.join();
  if (n <= 0 || last <= since) return broken("the bulk ends early");
  bits_per_second = bytes * 8 / (last - since);
  return {};
}

}  // namespace

Result<RawTcp> measure_raw_tcp(const ShapedNetworks& networks, const std::string& congestion, int round_trips,
                               Duration bulk) {
  auto connection = connect_through(networks);
  if (!connection) return fail(connection.error());
  for (const OwnFd* end : {&connection->near, &connection->far}) {
    if (setsockopt(end->get(), IPPROTO_TCP, TCP_CONGESTION, congestion.data(),
                   static_cast<socklen_t>(congestion.size())) != 0) {
      return fail(Code::unsupported, "congestion control \"" + congestion + "\" is not available here");
    }
  }
  RawTcp seen;
  Status done = take_round_trips(*connection, round_trips, seen.round_trips_ms);
  if (done) done = take_bulk(*connection, bulk, seen.bits_per_second);
  if (!done) return fail(done.error());
  return seen;
}

}  // namespace weir::bench
