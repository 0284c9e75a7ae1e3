// SPDX-License-Identifier: Apache-2.0
#include "transport/link/link_rules.hpp"

namespace weir {
namespace {

Status needs_tls(const Address& address, const char* verb) {
  return {Code::invalid, std::string("will not ") + verb + " " + address.text() +
                             ": other machines are reached under TLS only; write tls://" + address.host + ":" +
                             std::to_string(address.port) +
                             " and give certificate, key and authority (scripts/make-certs makes them), or stay on "
                             "this machine with 127.0.0.1 or a Unix socket"};
}

Status check_files(const Address& address, const TlsFiles& files) {
  if (!files.certificate.empty() && !files.key.empty() && !files.authority.empty()) return {};
  const char* missing = files.certificate.empty() ? "certificate" : files.key.empty() ? "key" : "authority";
  return {Code::invalid, address.text() + " needs certificate, key and authority on both sides; the " + missing +
                             " is not given (scripts/make-certs makes them)"};
}

Status check(const Address& address, const LinkOptions& options, const char* verb) {
  if (address.scheme == Scheme::tls) return check_files(address, options.tls);
  if (address.scheme == Scheme::nats && !is_loopback(address)) return check_files(address, options.tls);
  if (address.scheme == Scheme::tcp && !is_loopback(address)) return needs_tls(address, verb);
  return {};
}

}  // namespace

Status may_listen(const Address& at, const LinkOptions& options) {
  if (at.port == 0 && at.scheme == Scheme::nats) {
    return {Code::invalid, at.text() + ": port 0 gives out no port here; name the NATS server's, as a rule 4222"};
  }
  return check(at, options, "listen at");
}

Status may_connect(const Address& to, const LinkOptions& options) {
  if (to.port == 0 && to.scheme != Scheme::inproc && to.scheme != Scheme::unix_socket) {
    return {Code::invalid, to.text() + ": port 0 is for listening; name the port that the worker listens on"};
  }
  return check(to, options, "connect to");
}

}  // namespace weir
