// SPDX-License-Identifier: Apache-2.0
#include "transport/link/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

namespace weir {
namespace {

constexpr long kReadAheadBytes = 48 << 10;  // a few records by one system call
constexpr const char* kAdvice = "; scripts/make-certs makes an authority and certificates";

using ContextPointer = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

Status check_named(const TlsFiles& files) {
  for (const auto& [file, what] : {std::pair{&files.certificate, "certificate"}, std::pair{&files.key, "key"},
                                   std::pair{&files.authority, "authority"}}) {
    if (file->empty()) {
      return {Code::invalid, std::string("TLS needs certificate, key and authority on both sides; the ") + what +
                                 " is not given" + kAdvice};
    }
    struct stat facts {};
    if (stat(file->c_str(), &facts) != 0) {
      return {Code::not_found, std::string("the ") + what + " file " + *file +
                                   " cannot be read: " + std::generic_category().message(errno) + kAdvice};
    }
  }
  return {};
}

tl::unexpected<Error> unusable(const std::string& file, const char* what) {
  return fail(Code::invalid, std::string("the ") + what + " file " + file + " is not usable: " + tls_error_text() +
                                 "; it must be PEM" + kAdvice);
}

std::string state_of(const TlsFiles& files) {
  std::string state;
  for (const std::string* file : {&files.certificate, &files.key, &files.authority}) {
    struct stat facts {};
    if (stat(file->c_str(), &facts) != 0) continue;
    state += std::to_string(facts.st_mtim.tv_sec) + "." + std::to_string(facts.st_mtim.tv_nsec) + "/" +
             std::to_string(facts.st_size) + "/" + std::to_string(facts.st_ino) + " ";
  }
  return state;
}

void set_rules(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  // Links live long: no tickets for a second handshake. Idle ones hold no buffers.
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_default_read_buffer_len(context, kReadAheadBytes);
}

}  // namespace

Result<std::shared_ptr<const TlsContext>> TlsContext::load(const TlsFiles& files) {
  if (Status status = check_named(files); !status) return fail(status.error());
  ERR_clear_error();
  ContextPointer context(SSL_CTX_new(TLS_method()), &SSL_CTX_free);
  if (!context) return fail(Code::unavailable, "OpenSSL gives no context: " + tls_error_text());
  set_rules(context.get());
  if (SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str()) != 1) {
    return unusable(files.certificate, "certificate");
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return unusable(files.key, "key");
  }
  if (SSL_CTX_check_private_key(context.get()) != 1) {
    return fail(Code::invalid, "the key " + files.key + " does not belong to the certificate " + files.certificate);
  }
  if (SSL_CTX_load_verify_file(context.get(), files.authority.c_str()) != 1) {
    return unusable(files.authority, "authority");
  }
  return std::make_shared<const TlsContext>(context.release());
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

Result<std::shared_ptr<const TlsContext>> TlsContexts::get(const TlsFiles& files) {
  const std::string key = files.certificate + '\n' + files.key + '\n' + files.authority;
  const std::string state = state_of(files);
  const std::scoped_lock lock(mutex_);
  if (const auto found = kept_.find(key); found != kept_.end() && found->second.state == state) {
    return found->second.context;
  }
  auto context = TlsContext::load(files);
  if (context) kept_[key] = {state, *context};
  return context;
}

std::string tls_error_text() {
  const unsigned long code = ERR_get_error();
  const char* const reason = ERR_reason_error_string(code);
  std::string text = reason != nullptr        ? reason
                     : ERR_SYSTEM_ERROR(code) ? std::generic_category().message(ERR_GET_REASON(code))
                     : code != 0              ? "error " + std::to_string(code)
                                              : "no reason given";
  ERR_clear_error();
  return text;
}

}  // namespace weir
