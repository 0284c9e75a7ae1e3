// SPDX-License-Identifier: Apache-2.0
#include "transport/link/address.hpp"

#include <arpa/inet.h>
#include <sys/un.h>

#include <charconv>
#include <optional>

namespace weir {
namespace {

constexpr std::string_view kForms =
    "; write inproc://NAME, unix:/PATH, unix:@NAME, tcp://HOST:PORT, tls://HOST:PORT or nats://HOST:PORT/NAME";

tl::unexpected<Error> wrong(std::string_view text, std::string_view what) {
  return fail(Code::invalid,
              "address \"" + std::string(text.substr(0, 200)) + "\": " + std::string(what) + std::string(kForms));
}

bool has_prefix(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

bool plain_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c != 0x7f; });
}

std::optional<std::uint16_t> read_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return port;
}

Result<Address> parse_unix(std::string_view text, std::string_view rest) {
  if (rest.size() < 2 || (rest[0] != '/' && rest[0] != '@'))
    return wrong(text, "a path starts with / and a name with @");
  constexpr std::size_t kLongest = sizeof(sockaddr_un::sun_path) - 1;
  if (rest.size() > kLongest) {
    return wrong(text, "has " + std::to_string(rest.size()) + " bytes of path, at most " + std::to_string(kLongest) +
                           " fit into a Unix socket's address");
  }
  if (rest.find('\0') != std::string_view::npos) return wrong(text, "holds a zero byte");
  Address address;
  address.scheme = Scheme::unix_socket;
  address.name = rest;
  return address;
}

/// HOST:PORT, the host in brackets where it is an IPv6 address.
Result<Address> parse_host(std::string_view text, Scheme scheme, std::string_view rest) {
  Address address;
  address.scheme = scheme;
  std::string_view port;
  if (!rest.empty() && rest[0] == '[') {
    const std::size_t close = rest.find(']');
    if (close == std::string_view::npos || rest.substr(close + 1, 1) != ":") {
      return wrong(text, "an IPv6 host looks like [::1]:PORT");
    }
    address.host = rest.substr(1, close - 1);
    in6_addr ignored{};
    if (inet_pton(AF_INET6, address.host.c_str(), &ignored) != 1) return wrong(text, "has no IPv6 address in [ ]");
    port = rest.substr(close + 2);
  } else {
    const std::size_t colon = rest.find(':');
    if (colon == std::string_view::npos) return wrong(text, "has no port");
    address.host = rest.substr(0, colon);
    port = rest.substr(colon + 1);
    if (port.find(':') != std::string_view::npos) return wrong(text, "has more than one ':', an IPv6 host needs [ ]");
  }
  if (address.host.empty() || address.host.size() > 253) return wrong(text, "has no host name of 1 to 253 characters");
  const auto number = read_port(port);
  if (!number) return wrong(text, "its port \"" + std::string(port.substr(0, 20)) + "\" is no number from 0 to 65535");
  address.port = *number;
  return address;
}

Result<Address> parse_nats(std::string_view text, std::string_view rest) {
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos || slash + 1 == rest.size()) return wrong(text, "has no /NAME of the worker");
  Result<Address> address = parse_host(text, Scheme::nats, rest.substr(0, slash));
  if (!address) return address;
  address->name = rest.substr(slash + 1);
  if (address->name.find_first_of(".*>/") != std::string::npos) {
    return wrong(text, "its NAME is one part of a subject and cannot hold '.', '*', '>' or '/'");
  }
  return address;
}

}  // namespace

std::string_view to_string(Scheme scheme) {
  switch (scheme) {
    case Scheme::inproc:
      return "inproc";
    case Scheme::unix_socket:
      return "unix";
    case Scheme::tcp:
      return "tcp";
    case Scheme::tls:
      return "tls";
    case Scheme::nats:
      return "nats";
  }
  return "unknown";
}

std::string Address::text() const {
  std::string out(to_string(scheme));
  if (scheme == Scheme::unix_socket) return out + ":" + name;
  out += "://";
  if (scheme == Scheme::inproc) return out + name;
  out += host.find(':') == std::string::npos ? host : "[" + host + "]";
  out += ":" + std::to_string(port);
  return scheme == Scheme::nats ? out + "/" + name : out;
}

Result<Address> parse_address(std::string_view text) {
  if (has_prefix(text, "unix:")) return parse_unix(text, text.substr(5));
  const std::size_t mark = text.find("://");
  if (mark == std::string_view::npos) return wrong(text, "has no scheme");
  const std::string_view scheme = text.substr(0, mark);
  const std::string_view rest = text.substr(mark + 3);
  if (!plain_text(rest)) return wrong(text, "holds a space or a control character");
  if (scheme == "inproc") {
    if (rest.empty()) return wrong(text, "has no name");
    Address address;
    address.name = rest;
    return address;
  }
  if (scheme == "tcp") return parse_host(text, Scheme::tcp, rest);
  if (scheme == "tls") return parse_host(text, Scheme::tls, rest);
  if (scheme == "nats") return parse_nats(text, rest);
  return wrong(text, "has the unknown scheme \"" + std::string(scheme) + "\"");
}

bool is_loopback_host(const std::string& host) {
  if (host == "localhost") return true;
  in_addr four{};
  if (inet_pton(AF_INET, host.c_str(), &four) == 1) return ntohl(four.s_addr) >> 24 == 127;
  in6_addr six{};
  return inet_pton(AF_INET6, host.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

bool is_loopback(const Address& address) {
  return address.scheme == Scheme::inproc || address.scheme == Scheme::unix_socket || is_loopback_host(address.host);
}

}  // namespace weir
