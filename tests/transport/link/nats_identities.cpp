// SPDX-License-Identifier: Apache-2.0
#include "tests/transport/link/nats_identities.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace weir::test {
namespace {

using Octets = std::vector<std::uint8_t>;

// Kinds of keys: the letter that the text begins with.
constexpr std::uint8_t kOperator = 14 << 3, kAccount = 0, kUser = 20 << 3, kSeed = 18 << 3;

/// Digits of `bits` bits each, without padding.
std::string encode(const Octets& octets, int bits, const char* alphabet) {
  std::string text;
  std::uint32_t rest = 0;
  int have = 0;
  for (const std::uint8_t octet : octets) {
    rest = rest << 8 | octet;
    for (have += 8; have >= bits; have -= bits) text += alphabet[rest >> (have - bits) & ((1U << bits) - 1)];
  }
  if (have > 0) text += alphabet[rest << (bits - have) & ((1U << bits) - 1)];
  return text;
}

std::string base64(const Octets& octets) {
  return encode(octets, 6, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
}

/// With the checksum that ends such keys.
std::string key_text(Octets octets) {
  std::uint16_t sum = 0;
  for (const std::uint8_t octet : octets) {
    sum = static_cast<std::uint16_t>(sum ^ octet << 8);
    for (int i = 0; i < 8; ++i) sum = static_cast<std::uint16_t>(sum << 1 ^ ((sum & 0x8000) != 0 ? 0x1021 : 0));
  }
  octets.push_back(static_cast<std::uint8_t>(sum));
  octets.push_back(static_cast<std::uint8_t>(sum >> 8));
  return encode(octets, 5, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
}

/// An Ed25519 key.
class Identity {
 public:
  explicit Identity(std::uint8_t kind) : kind_(kind), key_(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")) {}
  ~Identity() { EVP_PKEY_free(key_); }
  Identity(const Identity&) = delete;
  Identity& operator=(const Identity&) = delete;

  std::string name() const {
    Octets octets(33, kind_);
    std::size_t size = 32;
    EXPECT_EQ(EVP_PKEY_get_raw_public_key(key_, octets.data() + 1, &size), 1);
    return key_text(octets);
  }

  std::string seed() const {
    Octets octets(34);
    octets[0] = static_cast<std::uint8_t>(kSeed | kind_ >> 5);
    octets[1] = static_cast<std::uint8_t>((kind_ & 31) << 3);
    std::size_t size = 32;
    EXPECT_EQ(EVP_PKEY_get_raw_private_key(key_, octets.data() + 2, &size), 1);
    return key_text(octets);
  }

  /// A token about `subject` that this one signs.
  std::string sign(const Identity& subject, const std::string& facts) const {
    const std::string text = part(R"({"typ":"JWT","alg":"ed25519-nkey"})") + "." +
                             part(R"({"jti":"1","iat":1700000000,"iss":")" + name() + R"(","name":"test","sub":")" +
                                  subject.name() + R"(","nats":{"version":2,)" + facts + "}}");
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    Octets signature(64);
    std::size_t size = signature.size();
    EXPECT_EQ(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_), 1);
    EXPECT_EQ(EVP_DigestSign(context.get(), signature.data(), &size, reinterpret_cast<const std::uint8_t*>(text.data()),
                             text.size()),
              1);
    return text + "." + base64(signature);
  }

 private:
  static std::string part(const std::string& json) { return base64({json.begin(), json.end()}); }

  const std::uint8_t kind_;
  EVP_PKEY* const key_;
};

}  // namespace

std::string nats_credentials_text(const std::string& token, const std::string& seed) {
  return "-----BEGIN NATS USER JWT-----\n" + token +
         "\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n" + seed +
         "\n------END USER NKEY SEED------\n";
}

NatsIdentities make_nats_identities() {
  const Identity head(kOperator), account(kAccount), user(kUser);
  const std::string of_head = head.sign(head, R"("type":"operator")");
  const std::string of_account = head.sign(
      account,
      R"("type":"account","limits":{"subs":-1,"data":-1,"payload":-1,"imports":-1,"exports":-1,"wildcards":true,)"
      R"("conn":-1,"leaf":-1})");
  const std::string of_user = account.sign(user, R"("type":"user","pub":{},"sub":{},"subs":-1,"data":-1,"payload":-1)");
  return {
      "operator: " + of_head + "\nresolver: MEMORY\nresolver_preload: { " + account.name() + ": " + of_account + " }\n",
      nats_credentials_text(of_user, user.seed())};
}

}  // namespace weir::test
