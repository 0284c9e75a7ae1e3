// SPDX-License-Identifier: Apache-2.0
#include "transport/link/nats/nats_library.hpp"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>

namespace weir {
namespace {

constexpr int kPingMs = 2000;  // a server that hangs is noticed after three of them
constexpr int kPings = 2;
constexpr int kWriteMs = 1000;  // a write that takes longer ends the connection

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
  if (status == NATS_OK && !access.credentials.empty()) {
    status = natsOptions_SetUserCredentialsFromFiles(options, access.credentials.c_str(), nullptr);
  }
  return status;
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
      return {Code::unavailable, text +
                                     "; the server does not know this user: add it to the server's "
                                     "configuration, or give its certificate or credentials"};
    case NATS_SSL_ERROR:
    case NATS_SECURE_CONNECTION_REQUIRED:
    case NATS_SECURE_CONNECTION_WANTED:
      return {Code::unavailable, text +
                                     "; both sides need TLS with certificates of one authority, the server's for "
                                     "the host name of the address (scripts/make-certs)"};
    default:
      return {Code::unavailable, text};
  }
}

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

}  // namespace weir
