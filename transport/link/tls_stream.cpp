// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "transport/link/byte_stream.hpp"
#include "transport/link/tls_context.hpp"

namespace weir {
namespace {

using SslPointer = std::unique_ptr<SSL, decltype(&SSL_free)>;
using CertificatePointer = std::unique_ptr<X509, decltype(&X509_free)>;

bool is_ip(const std::string& host) {
  std::array<std::uint8_t, 16> ignored{};
  return inet_pton(AF_INET, host.c_str(), ignored.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), ignored.data()) == 1;
}

bool expect_host(SSL* ssl, const std::string& host) {
  if (is_ip(host)) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set1_host(ssl, host.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

/// The common name, or else the first name for hosts.
std::string name_of(const X509* certificate) {
  std::array<char, 256> name{};
  if (X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name.data(), name.size()) > 0) {
    return name.data();
  }
  return "without a name";
}

/// One sentence on why the other side's certificate is not believed.
std::string distrust(long result, const std::string& host) {
  std::string text = "the certificate of the other side is refused: ";
  text += X509_verify_cert_error_string(result);
  switch (result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return text + "; it needs a new one (scripts/make-certs), or a clock is wrong";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return text + "; a clock may be wrong";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return text + "; it must name \"" + host + "\", or the address must be the name it has";
    default:
      return text + "; both sides must have certificates of the same authority";
  }
}

class TlsStream final : public ByteStream {
 public:
  TlsStream(SslPointer ssl, std::shared_ptr<const TlsContext> context, std::string host, std::span<std::uint8_t> record)
      : context_(std::move(context)), ssl_(std::move(ssl)), host_(std::move(host)), record_(record) {}

  Io handshake() override {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    return result == 1 ? Io{} : after(result);
  }

  Io read(std::span<const iovec> into) override {
    std::size_t done = 0;
    for (const iovec& piece : into) {
      std::size_t filled = 0;
      while (filled < piece.iov_len) {
        std::size_t n = 0;
        ERR_clear_error();
        const int result =
            SSL_read_ex(ssl_.get(), static_cast<std::uint8_t*>(piece.iov_base) + filled, piece.iov_len - filled, &n);
        if (result != 1) {
          Io io = after(result);
          io.bytes = done + filled;
          return io;
        }
        filled += n;
      }
      done += filled;
    }
    return {Io::Next::more, done};
  }

  /// One record after the other. A record that OpenSSL could not write whole is offered again: `committed` sees to it
  /// that it then has the same bytes.
  Io write(std::span<const iovec> from) override {
    std::size_t done = 0;
    std::size_t at = 0;  // within from[0]
    while (!from.empty()) {
      const std::span<const std::uint8_t> part = next_record(from, at);
      std::size_t n = 0;
      ERR_clear_error();
      const int result = SSL_write_ex(ssl_.get(), part.data(), part.size(), &n);
      if (result != 1) {
        Io io = after(result);
        io.bytes = done;
        io.committed = part.size();
        return io;
      }
      done += n;
      for (at += n; !from.empty() && at >= from.front().iov_len; from = from.subspan(1)) at -= from.front().iov_len;
    }
    return {Io::Next::more, done};
  }

  void shut() override {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }

  std::string identity() const override {
    const CertificatePointer certificate(SSL_get1_peer_certificate(ssl_.get()), &X509_free);
    return certificate ? name_of(certificate.get()) : std::string();
  }

  Error error() const override { return error_; }

 private:
  /// The bytes of the next record: those of one piece where it has enough of them, else assembled.
  std::span<const std::uint8_t> next_record(std::span<const iovec> from, std::size_t at) const {
    const auto* const first = static_cast<const std::uint8_t*>(from.front().iov_base) + at;
    const std::size_t there = from.front().iov_len - at;
    if (there >= record_.size() || from.size() == 1) return {first, std::min(there, record_.size())};
    std::memcpy(record_.data(), first, there);
    std::size_t size = there;
    for (const iovec& piece : from.subspan(1)) {
      const std::size_t part = std::min(piece.iov_len, record_.size() - size);
      std::memcpy(record_.data() + size, piece.iov_base, part);
      size += part;
    }
    return record_.first(size);
  }

  Io after(int result) {
    const int system_error = errno;
    switch (SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_READ:
        return {Io::Next::wait_read};
      case SSL_ERROR_WANT_WRITE:
        return {Io::Next::wait_write};
      case SSL_ERROR_ZERO_RETURN:
        return {Io::Next::ended};
      case SSL_ERROR_SYSCALL:
        error_ = cut(system_error);
        return {Io::Next::failed};
      default:
        error_ = what_failed();
        return {Io::Next::failed};
    }
  }

  static Error cut(int system_error) {
    if (system_error == 0 || system_error == ECONNRESET || system_error == EPIPE) {
      return {Code::unavailable, "the other side has cut the connection"};
    }
    return {Code::unavailable, std::generic_category().message(system_error)};
  }

  Error what_failed() const {
    const unsigned long code = ERR_peek_error();
    if (ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING) return cut(0);
    if (const long result = SSL_get_verify_result(ssl_.get());
        result != X509_V_OK && ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
      return {Code::unavailable, distrust(result, host_)};
    }
    // A reason above this comes as an alert: the other side found the fault.
    constexpr int kAlerts = 1000;
    if (ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) > kAlerts) {
      return {Code::unavailable, "the other side refuses: " + tls_error_text() +
                                     "; see what it says, and whether our certificate is of its authority and valid"};
    }
    return {Code::unavailable, "TLS failed: " + tls_error_text()};
  }

  std::shared_ptr<const TlsContext> context_;
  SslPointer ssl_;
  std::string host_;
  std::span<std::uint8_t> record_;
  Error error_;
};

}  // namespace

Result<std::unique_ptr<ByteStream>> make_tls_stream(int socket, std::shared_ptr<const TlsContext> context,
                                                    const std::string& host, std::span<std::uint8_t> record) {
  ERR_clear_error();
  SslPointer ssl(SSL_new(context->get()), &SSL_free);
  if (!ssl || SSL_set_fd(ssl.get(), socket) != 1) return fail(Code::unavailable, "OpenSSL: " + tls_error_text());
  if (host.empty()) {
    SSL_set_accept_state(ssl.get());
  } else {
    SSL_set_connect_state(ssl.get());
    if (!expect_host(ssl.get(), host)) return fail(Code::invalid, "no certificate can name \"" + host + "\"");
  }
  return std::make_unique<TlsStream>(std::move(ssl), std::move(context), host, record);
}

}  // namespace weir
