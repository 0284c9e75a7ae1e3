// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "kernels/base/status.hpp"
#include "transport/link/link.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace weir {

/// The files of one identity, read and checked: TLS 1.3 only, and nobody without a certificate of the authority.
class TlsContext {
 public:
  static Result<std::shared_ptr<const TlsContext>> load(const TlsFiles& files);
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  ssl_ctx_st* get() const { return context_; }

 private:
  ssl_ctx_st* const context_;
};

/// Contexts by their files, so that many links share one; files that were replaced are read again. Thread-safe.
class TlsContexts {
 public:
  Result<std::shared_ptr<const TlsContext>> get(const TlsFiles& files);

 private:
  struct Kept {
    std::string state;  // of the files when they were read
    std::shared_ptr<const TlsContext> context;
  };
  std::mutex mutex_;
  std::map<std::string, Kept> kept_;
};

/// What went wrong in OpenSSL's last call on this thread, in words; its list of errors is empty afterwards.
std::string tls_error_text();

}  // namespace weir
