// SPDX-License-Identifier: Apache-2.0
#include "tests/transport/link/expired_certificate.hpp"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>

#include "tests/transport/link/link_rig.hpp"

namespace weir::test {
namespace {

using File = std::unique_ptr<FILE, int (*)(FILE*)>;

File open_file(const std::filesystem::path& path, const char* mode) { return {fopen(path.c_str(), mode), fclose}; }

}  // namespace

TlsFiles expired_certificate(const std::filesystem::path& folder, const std::string& name) {
  TlsFiles files = make_certificates(folder, name);
  X509* const certificate = PEM_read_X509(open_file(files.certificate, "r").get(), nullptr, nullptr, nullptr);
  EVP_PKEY* const key =
      PEM_read_PrivateKey(open_file(folder / "authority-key.pem", "r").get(), nullptr, nullptr, nullptr);
  EXPECT_NE(certificate, nullptr);
  EXPECT_NE(key, nullptr);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -7200);
  X509_gmtime_adj(X509_getm_notAfter(certificate), -3600);
  EXPECT_GT(X509_sign(certificate, key, EVP_sha256()), 0);
  EXPECT_EQ(PEM_write_X509(open_file(files.certificate, "w").get(), certificate), 1);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return files;
}

}  // namespace weir::test
