// SPDX-License-Identifier: Apache-2.0
#include "transport/link/nats/nats_library.hpp"

#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>

#include "transport/link/nats/nats_login.hpp"

namespace weir {
namespace {

constexpr int kPingMs = 2000;  // a server that hangs is noticed after three of them
constexpr int kPings = 2;
constexpr int kWriteMs = 1000;  // a write that takes longer ends the connection

/// The library frees a connection's keys and certificates on a thread of its own, which may still be at it when the
/// process exits: OpenSSL must not free itself then. It listens to the first call in a process only, hence at its
/// start.
[[maybe_unused]] const int kOpensslStaysAtExit = OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);

std::int64_t in_ms(Duration time) {
  return std::max<std::int64_t>(1, std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

natsStatus add_identity(natsOptions* options, const NatsAccess& access) {
  natsStatus status = NATS_OK;
  if (!access.tls.authority.empty()) {
    status = natsOptions_LoadCATrustedCertificates(options, access.tls.authority.c_str());
    if (status == NATS_OK) {
      status = natsOptions_LoadCertificatesChain(options, access.tls.certificate.c_str(), access.tls.key.c_str());
    }
    if (status == NATS_OK) status = natsOptions_SetExpectedHostname(options, access.server.host.c_str());
    // On this machine the server says whether it wants TLS; elsewhere nothing goes in clear.
    if (status == NATS_OK && !is_loopback(access.server)) status = natsOptions_SetSecure(options, true);
  }
  return status;
}

natsStatus add_login(natsOptions* options, const std::string& file, const NatsLogin& login) {
  if (file.empty()) return NATS_OK;
  if (login.user.empty()) return natsOptions_SetUserCredentialsFromFiles(options, file.c_str(), nullptr);
  return natsOptions_SetUserInfo(options, login.user.c_str(), login.password.c_str());
}

/// The common name of a certificate; empty when there is none.
std::string certificate_name(const std::string& file) {
  if (file.empty()) return {};
  std::FILE* stream = std::fopen(file.c_str(), "re");
  if (stream == nullptr) return {};
  X509* certificate = PEM_read_X509(stream, nullptr, nullptr, nullptr);
  std::fclose(stream);
  if (certificate == nullptr) return {};
  std::array<char, 256> name{};
  const int bytes = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name.data(),
                                              static_cast<int>(name.size()));
  X509_free(certificate);
  return bytes > 0 ? std::string(name.data()) : std::string();
}

/// What to do when the server refused this user.
std::string login_advice(const NatsAccess& access) {
  if (access.credentials.empty()) {
    return "the server does not know this user: add it to the server's configuration, or name the file of its login "
           "with the key credentials (of a worker: --credentials)";
  }
  return "the server refuses the login in " + access.credentials +
         ", which the key credentials (of a worker: --credentials) names: correct that file, or add its user to the "
         "server's configuration";
}

}  // namespace

NatsAccess nats_access(const Address& address, const LinkOptions& options) {
  return {address, options.tls, options.nats_credentials, options.connect_timeout, "weir " + address.name};
}

std::string nats_server_text(const Address& address) {
  const std::string text = address.text();
  return text.substr(0, text.rfind('/'));
}

std::string nats_text(natsStatus status) {
  const char* detail = nats_GetLastError(nullptr);
  std::string text = natsStatus_GetText(status);
  if (detail != nullptr && *detail != '\0') text += std::string(" (") + detail + ")";
  return text;
}

Result<NatsOptionsHandle> make_nats_options(const NatsAccess& access) {
  NatsLogin login;
  if (!access.credentials.empty()) {
    auto read = read_nats_login(access.credentials);
    if (!read) return fail(read.error());
    login = std::move(*read);
  }
  natsOptions* raw = nullptr;
  natsStatus status = natsOptions_Create(&raw);
  NatsOptionsHandle options(raw);
  const auto set = [&status](natsStatus result) {
    if (status == NATS_OK) status = result;
  };
  if (status == NATS_OK) {
    set(natsOptions_SetURL(raw, nats_server_text(access.server).c_str()));
    set(natsOptions_SetName(raw, access.name.c_str()));
    set(natsOptions_SetTimeout(raw, in_ms(access.connect_timeout)));
    set(natsOptions_SetAllowReconnect(raw, false));
    set(natsOptions_SetReconnectBufSize(raw, 1));
    set(natsOptions_SetIgnoreDiscoveredServers(raw, true));
    set(natsOptions_SetSendAsap(raw, true));
    set(natsOptions_SetPingInterval(raw, kPingMs));
    set(natsOptions_SetMaxPingsOut(raw, kPings));
    set(natsOptions_SetWriteDeadline(raw, kWriteMs));
    set(natsOptions_SetFailRequestsOnDisconnect(raw, true));
  }
  if (status == NATS_OK) status = add_identity(raw, access);
  if (status == NATS_OK) status = add_login(raw, access.credentials, login);
  if (status == NATS_OK) return options;
  return fail(Code::invalid, nats_server_text(access.server) +
                                 ": certificate, key, authority or credentials cannot be used: " + nats_text(status));
}

Status nats_connect_error(const NatsAccess& access, natsStatus status) {
  const std::string text = nats_server_text(access.server) + ": " + nats_text(status);
  switch (status) {
    case NATS_NO_SERVER:
    case NATS_IO_ERROR:
      return {Code::unavailable, text + "; no NATS server answers there: start nats-server, or correct the address"};
    case NATS_TIMEOUT:
      return {Code::unavailable, text + "; is it a NATS server, and is the way to it open?"};
    case NATS_CONNECTION_AUTH_FAILED:
      return {Code::unavailable, text + "; " + login_advice(access)};
    case NATS_SSL_ERROR:
    case NATS_SECURE_CONNECTION_REQUIRED:
    case NATS_SECURE_CONNECTION_WANTED:
      return {Code::unavailable, text +
                                     "; both sides need TLS with certificates of one authority, the server's for "
                                     "the host name of the address (scripts/make-certs)"};
    default:
      if (access.credentials.empty()) return {Code::unavailable, text};
      return {Code::unavailable, text + "; is the login in " + access.credentials + " whole?"};
  }
}

std::string nats_user(const TlsFiles& tls, const std::string& credentials) {
  if (!credentials.empty()) {
    const auto login = read_nats_login(credentials);
    if (login && !login->user.empty()) return login->user;
  }
  return certificate_name(tls.certificate);
}

}  // namespace weir
