// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kernels/base/status.hpp"

namespace weir {

enum class Scheme : std::uint8_t { inproc, unix_socket, tcp, tls, nats };

std::string_view to_string(Scheme scheme);

/// Where a worker listens: inproc://NAME, unix:/PATH (or unix:@NAME, a socket without a file), tcp://HOST:PORT,
/// tls://HOST:PORT, nats://HOST:PORT/NAME. IPv6 hosts stand in brackets.
struct Address {
  Scheme scheme = Scheme::inproc;
  std::string host;        ///< tcp, tls, nats
  std::uint16_t port = 0;  ///< 0 listens on a free port
  std::string name;        ///< inproc: name; unix: path; nats: subject part of one worker

  std::string text() const;
  bool operator==(const Address&) const = default;
};

/// Reads an address; the error tells what is wrong and how one looks.
Result<Address> parse_address(std::string_view text);

/// Whether `host` is this machine's loopback: "localhost", 127.0.0.0/8 or ::1.
bool is_loopback_host(const std::string& host);

/// Whether no other machine can reach what listens there: inproc, unix, and 127.0.0.0/8, ::1 and localhost.
bool is_loopback(const Address& address);

}  // namespace weir
