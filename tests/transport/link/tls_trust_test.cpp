// SPDX-License-Identifier: Apache-2.0
// Who is believed under TLS, and what the two sides hear otherwise.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "tests/transport/link/expired_certificate.hpp"
#include "tests/transport/link/link_rig.hpp"
#include "tests/transport/link/raw_socket.hpp"

namespace weir {
namespace {

using test::make_certificates;
using test::Recorder;
using testing::HasSubstr;

class TlsTrust : public testing::Test {
 protected:
  TlsTrust() : ours_(make_certificates(folder_.path)) {}

  void listen(const TlsFiles& files) {
    LinkOptions options;
    options.tls = files;
    auto made = loop_->listen(*parse_address("tls://127.0.0.1:0"), options, [this] { return far_; });
    ASSERT_TRUE(made) << made.error().text;
    listener_ = std::move(*made);
  }

  /// Connects with `files` and sends something; the link must end without a message having come.
  void expect_refused(const TlsFiles& files, const std::string& host = "127.0.0.1") {
    LinkOptions options;
    options.tls = files;
    Address to = listener_->address();
    to.host = host;
    near_->on_opened = [](Link& link) { link.send(test::numbered(1, 100)); };
    const auto link = loop_->connect(to, options, near_);
    ASSERT_TRUE(near_->wait_closed());
    ASSERT_TRUE(far_->wait_closed());
    EXPECT_EQ(far_->opened, 0);
    EXPECT_TRUE(far_->messages.empty());
  }

  test::TemporaryFolder folder_, other_folder_;
  TlsFiles ours_;
  std::shared_ptr<Recorder> near_ = std::make_shared<Recorder>(), far_ = std::make_shared<Recorder>();
  std::unique_ptr<LinkLoop> loop_ = test::new_loop();
  std::unique_ptr<Listener> listener_;
};

TEST_F(TlsTrust, BothSidesKnowTheOthersName) {
  listen(ours_);
  LinkOptions options;
  options.tls = make_certificates(folder_.path, "camera-7");
  std::string near_peer, far_peer;
  near_->on_opened = [&](Link& link) {
    near_peer = link.peer();
    link.send(test::numbered(1, 1));
  };
  far_->on_opened = [&](Link& link) { far_peer = link.peer(); };
  const auto link = loop_->connect(listener_->address(), options, near_);
  ASSERT_TRUE(far_->wait_messages(1)) << near_->why();
  EXPECT_THAT(far_peer, HasSubstr("(camera-7)"));
  EXPECT_THAT(near_peer, HasSubstr("(localhost)"));
}

TEST_F(TlsTrust, RefusesAnAuthorityItDoesNotKnow) {
  listen(ours_);
  TlsFiles foreign = make_certificates(other_folder_.path);
  expect_refused(foreign);
  EXPECT_THAT(near_->why(), HasSubstr("same authority")) << "the connecting side does not know the listener's";
}

TEST_F(TlsTrust, RefusesADeviceOfAnotherAuthority) {
  listen(ours_);
  TlsFiles foreign = make_certificates(other_folder_.path);
  foreign.authority = ours_.authority;
  expect_refused(foreign);
  EXPECT_THAT(far_->why(), HasSubstr("same authority"));
  EXPECT_THAT(near_->why(), HasSubstr("the other side refuses"));
}

TEST_F(TlsTrust, RefusesAWrongHostName) {
  listen(make_certificates(folder_.path, "worker.example.com"));
  expect_refused(ours_);
  EXPECT_THAT(near_->why(), HasSubstr("127.0.0.1"));
  EXPECT_THAT(near_->why(), HasSubstr("mismatch"));
}

TEST_F(TlsTrust, RefusesAnExpiredListener) {
  TlsFiles expired = test::expired_certificate(folder_.path, "127.0.0.1");
  listen(expired);
  expect_refused(ours_);
  EXPECT_THAT(near_->why(), HasSubstr("expired"));
  EXPECT_THAT(near_->why(), HasSubstr("make-certs"));
}

TEST_F(TlsTrust, RefusesAnExpiredDevice) {
  listen(ours_);
  expect_refused(test::expired_certificate(folder_.path, "camera-7"));
  EXPECT_THAT(far_->why(), HasSubstr("expired"));
  EXPECT_THAT(near_->why(), HasSubstr("expired"));
}

/// A client of OpenSSL alone, with no certificate.
int handshake_without_certificate(const Address& to, int version) {
  const test::RawSocket socket(to);
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_max_proto_version(context, version);
  SSL* const ssl = SSL_new(context);
  SSL_set_fd(ssl, socket.descriptor());
  int result = SSL_connect(ssl);
  std::array<char, 1> byte;
  if (result == 1) result = SSL_read(ssl, byte.data(), 1);  // TLS 1.3 tells of a refusal only now
  SSL_free(ssl);
  SSL_CTX_free(context);
  return result;
}

TEST_F(TlsTrust, RefusesAClientWithoutACertificate) {
  listen(ours_);
  EXPECT_LE(handshake_without_certificate(listener_->address(), TLS1_3_VERSION), 0);
  ASSERT_TRUE(far_->wait_closed());
  EXPECT_EQ(far_->opened, 0);
  EXPECT_THAT(far_->why(), HasSubstr("peer did not return a certificate"));
}

TEST_F(TlsTrust, RefusesOlderVersions) {
  listen(ours_);
  EXPECT_LE(handshake_without_certificate(listener_->address(), TLS1_2_VERSION), 0);
  ASSERT_TRUE(far_->wait_closed());
  EXPECT_THAT(far_->why(), HasSubstr("unsupported protocol"));
}

TEST_F(TlsTrust, RefusesAPeerThatSpeaksInClear) {
  listen(ours_);
  test::RawSocket peer(listener_->address());
  peer.write(encode_header({}));
  ASSERT_TRUE(far_->wait_closed());
  EXPECT_EQ(far_->opened, 0);
  EXPECT_THAT(far_->why(), HasSubstr("TLS failed"));
}

TEST_F(TlsTrust, TakesRenewedFilesForNewLinks) {
  listen(ours_);
  make_certificates(folder_.path);  // the same authority signs another key
  LinkOptions options;
  options.tls = ours_;
  near_->on_opened = [](Link& link) { link.send(test::numbered(1, 100)); };
  const auto link = loop_->connect(listener_->address(), options, near_);
  ASSERT_TRUE(far_->wait_messages(1)) << near_->why();
}

}  // namespace
}  // namespace weir
