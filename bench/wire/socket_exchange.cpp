// SPDX-License-Identifier: Apache-2.0
// The plainest program there is for the same work: blocking calls, no header, one thread a side.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "bench/common/machine.hpp"
#include "bench/common/reporter.hpp"
#include "bench/wire/child.hpp"
#include "bench/wire/exchange.hpp"
#include "bench/wire/pace.hpp"
#include "kernels/base/tensor.hpp"

namespace weir::bench {
namespace {

/// A connected socket, with OpenSSL on it or without.
class Wire {
 public:
  Wire(int socket, const Exchange& exchange, bool accepted) : socket_(socket) {
    if (exchange.scheme == Scheme::unix_socket) return;
    const int yes = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    setsockopt(socket_, IPPROTO_TCP, TCP_CONGESTION, kCongestion, std::strlen(kCongestion));
    if (exchange.scheme == Scheme::tls) start_tls(exchange.tls, accepted);
  }
  ~Wire() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    close(socket_);
  }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  bool read(std::span<std::uint8_t> into) {
    while (!into.empty()) {
      const ssize_t n = ssl_ != nullptr ? SSL_read(ssl_, into.data(), static_cast<int>(into.size()))
                                        : recv(socket_, into.data(), into.size(), 0);
      if (n <= 0) return false;
      into = into.subspan(static_cast<std::size_t>(n));
    }
    return true;
  }

  bool write(std::span<const std::uint8_t> from) {
    while (!from.empty()) {
      const ssize_t n = ssl_ != nullptr ? SSL_write(ssl_, from.data(), static_cast<int>(from.size()))
                                        : send(socket_, from.data(), from.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      from = from.subspan(static_cast<std::size_t>(n));
    }
    return true;
  }

 private:
  void start_tls(const TlsFiles& files, bool accepted) {
    context_ = SSL_CTX_new(TLS_method());
    SSL_CTX_set_min_proto_version(context_, TLS1_3_VERSION);
    SSL_CTX_use_certificate_chain_file(context_, files.certificate.c_str());
    SSL_CTX_use_PrivateKey_file(context_, files.key.c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_load_verify_file(context_, files.authority.c_str());
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, socket_);
    if ((accepted ? SSL_accept(ssl_) : SSL_connect(ssl_)) != 1) note("wire: the plain TLS program has no connection");
  }

  int socket_;
  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
};

/// The address of either side; the port is 0 until the kernel has given one out.
class Endpoint {
 public:
  explicit Endpoint(const Exchange& exchange) {
    if (exchange.scheme == Scheme::unix_socket) {
      local_.sun_family = AF_UNIX;
      const std::string path = exchange.folder + "/socket";
      std::memcpy(local_.sun_path, path.c_str(), std::min(path.size() + 1, sizeof local_.sun_path));
      unlink(local_.sun_path);
      return;
    }
    is_local_ = false;
    internet_.sin_family = AF_INET;
    internet_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  }

  int listen() {
    const int socket = open();
    if (bind(socket, address(), size()) != 0 || ::listen(socket, 1) != 0) return -1;
    socklen_t bytes = sizeof internet_;
    if (!is_local_) getsockname(socket, reinterpret_cast<sockaddr*>(&internet_), &bytes);
    return socket;
  }

  int connect() {
    const int socket = open();
    return ::connect(socket, address(), size()) == 0 ? socket : -1;
  }

 private:
  int open() const { return ::socket(is_local_ ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); }
  sockaddr* address() {
    return is_local_ ? reinterpret_cast<sockaddr*>(&local_) : reinterpret_cast<sockaddr*>(&internet_);
  }
  socklen_t size() const { return is_local_ ? sizeof local_ : sizeof internet_; }

  bool is_local_ = true;
  sockaddr_un local_{};
  sockaddr_in internet_{};
};

void answer(int listening, const Exchange& exchange) {
  Wire wire(accept(listening, nullptr, nullptr), exchange, true);
  Tensor request(DType::u8, {static_cast<std::int64_t>(exchange.bytes)});
  const std::vector<std::uint8_t> reply(kReplyBytes, 1);
  while (wire.read(request.as<std::uint8_t>()) && wire.write(reply)) {
  }
}

bool ask(Wire& wire, const Exchange& exchange, std::vector<double>& latency_ms) {
  Tensor request(DType::u8, {static_cast<std::int64_t>(exchange.bytes)});
  std::fill_n(static_cast<std::uint8_t*>(request.data()), request.bytes(), std::uint8_t{3});
  std::vector<std::uint8_t> reply(kReplyBytes);
  if (exchange.per_second > 0) {
    Pace pace(exchange.per_second, exchange.phase);
    for (std::size_t i = 0; i < exchange.messages; ++i) {
      const double sent = pace.wait();
      if (!wire.write(request.as<std::uint8_t>()) || !wire.read(reply)) return false;
      latency_ms.push_back((wall_seconds() - sent) * 1e3);
    }
    return true;
  }
  std::size_t sent = 0;
  for (std::size_t answered = 0; answered < exchange.messages; ++answered) {
    for (; sent < std::min(answered + exchange.window, exchange.messages); ++sent) {
      if (!wire.write(request.as<std::uint8_t>())) return false;
    }
    if (!wire.read(reply)) return false;
  }
  return true;
}

}  // namespace

Result<Outcome> exchange_by_socket(const Exchange& exchange) {
  const double cpu_before = family_cpu_seconds();
  Outcome outcome;
  {
    Endpoint endpoint(exchange);
    const int listening = endpoint.listen();
    if (listening < 0) return fail(Code::io, "the plain program cannot listen");
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
    const auto child = Child::start([&](const auto& ready) {
      ready("ready");
      answer(listening, exchange);
    });
    close(listening);
    if (!child) return fail(child.error());
    Wire wire(endpoint.connect(), exchange, false);
    const double start = wall_seconds();
    if (!ask(wire, exchange, outcome.latency_ms)) return fail(Code::io, "the plain program lost its connection");
    outcome.seconds = wall_seconds() - start;
  }
  outcome.cpu_seconds = family_cpu_seconds() - cpu_before;
  return outcome;
}

}  // namespace weir::bench
