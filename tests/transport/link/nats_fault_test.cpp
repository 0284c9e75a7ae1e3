// SPDX-License-Identifier: Apache-2.0
// What nats links do when the server or the other side is gone, small, strict or wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/transport/link/nats_server.hpp"

namespace weir {
namespace {

using test::numbered;
using test::on_loop;
using test::Recorder;
using testing::HasSubstr;

class NatsFaults : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = test::why_no_nats(); !why.empty()) GTEST_SKIP() << why;
    near_ = test::new_loop();
    far_ = test::new_loop();
  }

  Result<std::unique_ptr<Listener>> listen(const Address& at, const LinkOptions& options = {}) {
    return far_->listen(at, options, [this] {
      accepted_.push_back(std::make_shared<Recorder>());
      return accepted_.back();
    });
  }

  std::shared_ptr<Recorder> connect(const Address& to, const LinkOptions& options = {}) {
    auto events = std::make_shared<Recorder>();
    link_ = near_->connect(to, options, events);
    return events;
  }

  /// Why a link there does not open.
  Status refusal(const Address& to, const LinkOptions& options = {}) {
    const auto events = connect(to, options);
    EXPECT_TRUE(events->wait_closed());
    EXPECT_EQ(events->opened, 0);
    return {events->code(), events->why()};
  }

  std::vector<std::shared_ptr<Recorder>> accepted_;
  std::shared_ptr<Link> link_;
  std::unique_ptr<LinkLoop> near_, far_;
};

TEST_F(NatsFaults, BothEndsHearAtOnceThatTheServerDiedAndMeetAgainWhenItIsBack) {
  test::NatsServer server;
  const Address address = server.address("worker-1");
  const auto listener = listen(address);
  ASSERT_TRUE(listener) << listener.error().text;
  auto near = connect(address);
  ASSERT_TRUE(near->wait_opened()) << near->why();
  const auto began = std::chrono::steady_clock::now();
  server.kill();
  ASSERT_TRUE(near->wait_closed());
  ASSERT_TRUE(accepted_[0]->wait_closed());
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(2));
  EXPECT_EQ(near->code(), Code::unavailable);
  EXPECT_THAT(near->why(), HasSubstr("NATS server has gone"));
  const Status down = refusal(address);
  EXPECT_THAT(down.error().text, HasSubstr("start nats-server"));
  server.restart();
  bool opened = false;
  for (int attempt = 0; attempt < 1000 && !opened; ++attempt) {  // until the listener is back, too
    near = connect(address);
    ASSERT_TRUE(near->wait_for([&] { return near->opened + near->closed > 0; }));
    opened = near->opened > 0;
  }
  ASSERT_TRUE(opened) << near->why();
  on_loop(*near_, [&] { EXPECT_TRUE(link_->send(numbered(1, 1000))); });
  ASSERT_TRUE(accepted_.back()->wait_messages(1));
}

TEST_F(NatsFaults, TheNextMessageToAKilledWorkerClosesTheLink) {
  test::NatsServer server;
  const Address address = server.address("worker-1");
  test::Program worker({WEIR_BINARY_DIR "/nats_echo", address.text()});
  ASSERT_TRUE(worker.wait_for_error_text("ready\n")) << worker.error_text();
  const auto near = connect(address);
  ASSERT_TRUE(near->wait_opened()) << near->why();
  on_loop(*near_, [&] { EXPECT_TRUE(link_->send(numbered(1, 1000))); });
  ASSERT_TRUE(near->wait_messages(1));
  worker.signal(SIGKILL);
  worker.wait();
  const auto began = std::chrono::steady_clock::now();
  while (near->wait_for([] { return true; }) && near->closed == 0 &&
         std::chrono::steady_clock::now() - began < std::chrono::seconds(20)) {
    on_loop(*near_, [&] { link_->send(numbered(2, 1000)); });
  }
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(2));
  EXPECT_EQ(near->code(), Code::unavailable);
  EXPECT_THAT(near->why(), HasSubstr("has gone"));
  EXPECT_EQ(refusal(address).error().text, address.text() + ": nobody listens there");
}

TEST_F(NatsFaults, AnIdleWorkerHearsThatItsDeviceIsGone) {
  test::NatsServer server;
  const Address address = server.address("worker-1");
  const auto listener = listen(address);
  ASSERT_TRUE(listener);
  const pid_t device = fork();  // it ends without a word
  if (device == 0) {
    execl(WEIR_BINARY_DIR "/nats_echo", "nats_echo", address.text().c_str(), "connect", nullptr);
    _exit(127);
  }
  for (bool there = false; !there;) on_loop(*far_, [&] { there = !accepted_.empty(); });
  ASSERT_TRUE(accepted_[0]->wait_opened());
  kill(device, SIGKILL);
  waitpid(device, nullptr, 0);
  EXPECT_TRUE(accepted_[0]->wait_closed());
  EXPECT_THAT(accepted_[0]->why(), HasSubstr("has gone"));
}

TEST_F(NatsFaults, WhatTheServerWouldRefuseIsNotTaken) {
  const test::NatsServer server("", true);  // 1 MB, as nats-server comes
  const Address address = server.address("worker-1");
  const auto listener = listen(address);
  ASSERT_TRUE(listener) << listener.error().text;
  const auto near = connect(address);
  ASSERT_TRUE(near->wait_opened()) << near->why();
  on_loop(*near_, [&] {
    EXPECT_EQ(link_->max_body(), 1048576 - kHeaderBytes);
    EXPECT_FALSE(link_->send(numbered(1, 1048577 - kHeaderBytes)));
    EXPECT_TRUE(link_->send(numbered(2, 1048576 - kHeaderBytes)));
  });
  ASSERT_TRUE(accepted_[0]->wait_messages(1));
  EXPECT_EQ(accepted_[0]->ids(), std::vector<std::uint64_t>{2});
}

TEST_F(NatsFaults, ANameCanBeListenedAtOnce) {
  const test::NatsServer server;
  const auto first = listen(server.address("worker-1"));
  ASSERT_TRUE(first);
  const auto second = listen(server.address("worker-1"));
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().text, HasSubstr("somebody listens there already"));
  EXPECT_TRUE(listen(server.address("worker-2")));
}

TEST_F(NatsFaults, TlsAndPermissionsAreKept) {
  const test::TemporaryFolder folder;
  LinkOptions worker, stranger;
  worker.tls = test::make_certificates(folder.path, "localhost");
  stranger.tls = test::make_certificates(folder.path, "stranger");
  const test::NatsServer server(test::nats_tls_configuration(worker.tls, "localhost"));
  const Address address = server.address("worker-1", "localhost");
  const auto listener = listen(address, worker);
  ASSERT_TRUE(listener) << listener.error().text;
  const auto near = connect(address, worker);
  EXPECT_TRUE(near->wait_opened()) << near->why();
  const Status unknown = refusal(address, stranger);
  EXPECT_THAT(unknown.error().text, HasSubstr("does not know this user"));
  const Status clear = refusal(address);
  EXPECT_EQ(clear.error().code, Code::unavailable) << "without certificates";
  const test::NatsServer impostor(test::nats_tls_configuration(stranger.tls, "localhost"));
  const Status elsewhere = refusal(impostor.address("worker-1", "localhost"), worker);
  EXPECT_THAT(elsewhere.error().text, HasSubstr("host name")) << "the certificate is not for this name";
}

TEST_F(NatsFaults, WhatIsNotPermittedIsToldAtOnce) {
  const test::NatsServer server(
      "authorization { default_permissions: { publish: [\"weir.v1.device.>\"], subscribe: [\"weir.v1.device.any.>\"] "
      "}\n"
      "users: [ { user: a, password: a } ] }\nno_auth_user: a\n");
  const Address address = server.address("worker-1");
  const Status device = refusal(address);
  EXPECT_THAT(device.error().text, HasSubstr("Permissions Violation for Publish"));
  const auto listener = listen(address);
  ASSERT_FALSE(listener);
  EXPECT_THAT(listener.error().text, HasSubstr("Permissions Violation"));
}

TEST_F(NatsFaults, NothingGoesInClearToOtherMachines) {
  for (const char* text : {"nats://192.0.2.1:4222/worker-1", "nats://nats.example.com:4222/worker-1"}) {
    const Status status = refusal(*parse_address(text));
    EXPECT_EQ(status.error().code, Code::invalid);
    EXPECT_THAT(status.error().text, HasSubstr("make-certs"));
    const auto listener = listen(*parse_address(text));
    ASSERT_FALSE(listener);
    EXPECT_EQ(listener.error().code, Code::invalid);
  }
}

}  // namespace
}  // namespace weir
