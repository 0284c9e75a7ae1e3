// SPDX-License-Identifier: Apache-2.0
#include "transport/link/stream_socket.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace weir {
namespace {

using asio::ip::tcp;

constexpr int kUnixSendBytes = 1 << 20;

Status set_number(int socket, int option, const char* name, int value) {
  if (setsockopt(socket, IPPROTO_TCP, option, &value, sizeof value) == 0) return {};
  return {Code::unsupported, std::string(name) + " cannot be set to " + std::to_string(value) + ": " +
                                 std::generic_category().message(errno)};
}

/// A machine that vanishes says nothing: without this, what was sent to it would be sent again for a quarter of an
/// hour, at ever longer intervals, which also last on when it is back.
Status find_out_dead(int socket, Duration after) {
  if (after <= Duration(0)) return {};
  const auto ms = static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(after).count());
  if (Status status = set_number(socket, TCP_USER_TIMEOUT, "TCP_USER_TIMEOUT", ms); !status) return status;
  const int yes = 1;
  if (setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes) != 0) {
    return {Code::unsupported, "SO_KEEPALIVE cannot be set: " + std::generic_category().message(errno)};
  }
  const int seconds = std::max(1, ms / 1000);
  if (Status status = set_number(socket, TCP_KEEPIDLE, "TCP_KEEPIDLE", seconds); !status) return status;
  return set_number(socket, TCP_KEEPINTVL, "TCP_KEEPINTVL", 1);
}

Status set_congestion(int socket, const std::string& name) {
  if (name.empty()) return {};
  if (setsockopt(socket, IPPROTO_TCP, TCP_CONGESTION, name.data(), static_cast<socklen_t>(name.size())) == 0) return {};
  return {Code::unsupported, "congestion control \"" + name +
                                 "\" is not to be had: " + std::generic_category().message(errno) +
                                 "; /proc/sys/net/ipv4/tcp_available_congestion_control lists what is"};
}

std::optional<std::vector<StreamEndpoint>> without_lookup(const Address& address) {
  if (address.scheme == Scheme::unix_socket) return std::vector{unix_endpoint(address.name)};
  std::error_code error;
  const auto host = asio::ip::make_address(address.host, error);
  if (error) return std::nullopt;
  return std::vector<StreamEndpoint>{tcp::endpoint(host, address.port)};
}

/// What a look-up found. In clear nothing leaves this machine, whatever a name is made to mean.
Result<std::vector<StreamEndpoint>> usable(const Address& address, const std::error_code& error,
                                           const tcp::resolver::results_type& found) {
  if (error) {
    return fail(Code::unavailable,
                "the host name \"" + address.host + "\" of " + address.text() + " is not found: " + error.message());
  }
  std::vector<StreamEndpoint> endpoints;
  for (const auto& entry : found) {
    if (address.scheme == Scheme::tls || entry.endpoint().address().is_loopback()) {
      endpoints.emplace_back(entry.endpoint());
    }
  }
  if (endpoints.empty()) {
    return fail(Code::invalid, address.text() + " is not an address of this machine; reach others by tls://");
  }
  return endpoints;
}

}  // namespace

Status prepare_socket(int socket, Scheme scheme, const LinkOptions& options) {
  if (scheme == Scheme::unix_socket) {
    // As much as the system grants: a large message then takes fewer turns of both processes.
    setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &kUnixSendBytes, sizeof kUnixSendBytes);
    return {};
  }
  if (Status status = set_number(socket, TCP_NODELAY, "TCP_NODELAY", 1); !status) return status;
  if (options.unsent_bytes > 0) {
    if (Status status = set_number(socket, TCP_NOTSENT_LOWAT, "TCP_NOTSENT_LOWAT", options.unsent_bytes); !status) {
      return status;
    }
  }
  if (Status status = find_out_dead(socket, options.dead_after); !status) return status;
  return set_congestion(socket, options.congestion);
}

StreamEndpoint unix_endpoint(const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t bytes = std::min(name.size(), sizeof address.sun_path - 1);
  std::memcpy(address.sun_path, name.data(), bytes);
  const bool is_path = name[0] != '@';
  if (!is_path) address.sun_path[0] = '\0';
  return {&address, offsetof(sockaddr_un, sun_path) + bytes + (is_path ? 1 : 0)};
}

std::string endpoint_text(Scheme scheme, const StreamEndpoint& endpoint, const std::string& name) {
  if (scheme == Scheme::unix_socket) return "unix:" + name;
  tcp::endpoint internet;
  if (endpoint.size() > internet.capacity()) return std::string(to_string(scheme)) + "://";
  std::memcpy(internet.data(), endpoint.data(), endpoint.size());
  Address address;
  address.scheme = scheme;
  address.host = internet.address().to_string();
  address.port = internet.port();
  return address.text();
}

Result<std::vector<StreamEndpoint>> resolve_now(const Address& address) {
  if (auto known = without_lookup(address)) return *known;
  asio::io_context io(1);
  tcp::resolver resolver(io);
  std::error_code error;
  const auto found = resolver.resolve(address.host, std::to_string(address.port), error);
  return usable(address, error, found);
}

void resolve(const std::shared_ptr<LoopCore>& core, const Address& address,
             std::function<void(Result<std::vector<StreamEndpoint>>)> done) {
  if (auto known = without_lookup(address)) return done(std::move(*known));
  auto resolver = std::make_shared<tcp::resolver>(core->io());
  resolver->async_resolve(
      address.host, std::to_string(address.port),
      [core, resolver, address, done = std::move(done)](const std::error_code& error, const auto& found) {
        const LoopCore::Turn turn(*core);
        done(usable(address, error, found));
      });
}

}  // namespace weir
