// SPDX-License-Identifier: Apache-2.0
// Logins at NATS servers: what a credentials file may hold, and what comes of a wrong one.
#include "transport/link/nats/nats_login.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/transport/link/nats_identities.hpp"
#include "tests/transport/link/nats_server.hpp"
#include "transport/remote/cloud_client.hpp"
#include "transport/remote/record_shipper.hpp"

namespace weir {
namespace {

using test::Recorder;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kSecret = "hush-1";

class NatsLogins : public testing::Test {
 protected:
  std::string file(const std::string& text) const {
    std::string name = folder_.path / "login";
    std::ofstream(name) << text;
    return name;
  }

  const test::TemporaryFolder folder_;
};

TEST_F(NatsLogins, AreUserAndPasswordOrTokenAndSeed) {
  const auto plain = read_nats_login(file("# of device 1\n\n user: device-1\r\npassword:  a: b#c \n"));
  ASSERT_TRUE(plain) << plain.error().text;
  EXPECT_EQ(plain->user, "device-1");
  EXPECT_EQ(plain->password, "a: b#c");
  const auto token = read_nats_login(file(test::nats_credentials_text("ey.ey.x", "SUX")));
  ASSERT_TRUE(token) << token.error().text;
  EXPECT_EQ(token->user + token->password, "");
}

TEST_F(NatsLogins, ThatCannotBeUsedSayWhyAndNoSecret) {
  const auto text = [](const std::string& name) { return check_nats_login(name).error().text; };
  EXPECT_TRUE(check_nats_login(""));
  EXPECT_EQ(check_nats_login("/nowhere/login").error().code, Code::not_found);
  EXPECT_THAT(text("/nowhere/login"), AllOf(HasSubstr("/nowhere/login: No such file"), HasSubstr("--credentials")));
  EXPECT_THAT(text(folder_.path), HasSubstr("Is a directory"));
  EXPECT_THAT(text(file("")), HasSubstr("hold no user"));
  EXPECT_THAT(text(file("user: a\npassword:\n")), HasSubstr("line 2 cannot be understood"));
  EXPECT_THAT(text(file("user: a\n")), HasSubstr("hold no password"));
  EXPECT_THAT(text(file("-----BEGIN NATS USER JWT-----\nhush-1\n")),
              AllOf(HasSubstr("line 1 cannot"), Not(HasSubstr(kSecret))));
  EXPECT_THAT(text(file("user: a\npasword: hush-1\n")), AllOf(HasSubstr("line 2 cannot"), Not(HasSubstr(kSecret))));
}

TEST_F(NatsLogins, AreReadAtTheStart) {
  CloudClientOptions device;
  device.workers = {*parse_address("nats://127.0.0.1:4222/worker-1")};
  device.link.nats_credentials = "/nowhere/login";
  const auto client = CloudClient::create(device);
  ASSERT_FALSE(client);
  EXPECT_THAT(client.error().text, HasSubstr("/nowhere/login"));
  RecordShipperOptions records;
  records.journal.folder = folder_.path / "journal";
  records.stream.emplace();
  records.stream->server = *parse_address("nats://127.0.0.1:4222/RECORDS");
  records.stream->credentials = "/nowhere/login";
  const auto shipper = RecordShipper::open(records);
  ASSERT_FALSE(shipper);
  EXPECT_THAT(shipper.error().text, HasSubstr("/nowhere/login"));
}

class NatsLoginsAtAServer : public NatsLogins {
 protected:
  void SetUp() override {
    if (const std::string why = test::why_no_nats(); !why.empty()) GTEST_SKIP() << why;
    near_ = test::new_loop();
    far_ = test::new_loop();
  }

  Result<std::unique_ptr<Listener>> listen(const Address& at, const std::string& credentials) {
    LinkOptions options;
    options.nats_credentials = credentials;
    return far_->listen(at, options, [] { return std::make_shared<Recorder>(); });
  }

  std::shared_ptr<Recorder> connect(const Address& to, const std::string& credentials) {
    LinkOptions options;
    options.nats_credentials = credentials;
    auto events = std::make_shared<Recorder>();
    links_.push_back(near_->connect(to, options, events));
    EXPECT_TRUE(events->wait_for([&] { return events->opened + events->closed > 0; }));
    return events;
  }

  std::vector<std::shared_ptr<Link>> links_;
  std::unique_ptr<LinkLoop> near_, far_;
};

TEST_F(NatsLoginsAtAServer, OpenWithAPasswordWhatThisUserMayHear) {
  const test::NatsServer server(
      "authorization { users: [ { user: worker, password: \"a b\" }, { user: device-1, password: hush-1, permissions: "
      "{ publish: \"weir.v1.worker.>\", subscribe: \"weir.v1.device.device-1.>\" } } ] }\n");
  const Address address = server.address("worker-1");
  const auto listener = listen(address, file("user: worker\npassword: a b\n"));
  ASSERT_TRUE(listener) << listener.error().text;
  const auto link = connect(address, file("user: device-1\npassword: hush-1\n"));
  EXPECT_EQ(link->opened, 1) << link->why();
}

TEST_F(NatsLoginsAtAServer, OpenWithATokenAndItsSeed) {
  const test::NatsIdentities known = test::make_nats_identities(), unknown = test::make_nats_identities();
  const test::NatsServer server(known.configuration);
  const Address address = server.address("worker-1");
  const auto listener = listen(address, file(known.credentials));
  ASSERT_TRUE(listener) << listener.error().text;
  const auto link = connect(address, file(known.credentials));
  EXPECT_EQ(link->opened, 1) << link->why();
  const std::string strange = folder_.path / "strange";
  std::ofstream(strange) << unknown.credentials;
  EXPECT_THAT(connect(address, strange)->why(), HasSubstr("the server refuses the login in " + strange));
  std::ofstream(strange) << test::nats_credentials_text("ey.hush-1.x", "SUhush-1");
  const auto broken = connect(address, strange);
  EXPECT_EQ(broken->opened, 0);
  EXPECT_THAT(broken->why(), AllOf(HasSubstr(strange), Not(HasSubstr(kSecret))));
}

TEST_F(NatsLoginsAtAServer, BringRecordsToTheirStream) {
  const test::NatsServer server(
      "jetstream { store_dir: {STORE}, max_memory_store: 1MB, max_file_store: 16MB }\n"
      "authorization { user: device-1, password: hush-1 }\n");
  RecordShipperOptions options;
  options.journal.folder = folder_.path / "journal";
  options.stream.emplace();
  options.stream->server = server.address("RECORDS");
  options.stream->subject = "weir.v1.records.device-1";
  options.stream->max_bytes = 1 << 20;
  options.stream->credentials = file("user: device-1\npassword: hush-1\n");
  const auto records = RecordShipper::open(options);
  ASSERT_TRUE(records) << records.error().text;
  const auto text = std::make_shared<const std::string>("a record");
  Body body;
  body.append({{reinterpret_cast<const std::uint8_t*>(text->data()), text->size()}, text});
  ASSERT_TRUE((*records)->record(1, body));
  ASSERT_TRUE((*records)->close(std::chrono::seconds(30)));
  EXPECT_EQ((*records)->counters().stored, 1U) << (*records)->take_note();
}

TEST_F(NatsLoginsAtAServer, ThatAreRefusedNameServerAndFile) {
  const test::NatsServer server("authorization { user: device-1, password: other }\n");
  const Address address = server.address("worker-1");
  const std::string wrong = file("user: device-1\npassword: hush-1\n");
  const std::string at = "nats://127.0.0.1:" + std::to_string(server.port());
  const auto told = AllOf(HasSubstr(at), HasSubstr("refuses the login in " + wrong), HasSubstr("the key credentials"),
                          Not(HasSubstr(kSecret)));
  EXPECT_THAT(connect(address, wrong)->why(), told);
  const auto listener = listen(address, wrong);
  ASSERT_FALSE(listener);
  EXPECT_THAT(listener.error().text, told);
  EXPECT_THAT(connect(address, "")->why(), AllOf(HasSubstr(at), HasSubstr("with the key credentials")));
  const auto absent = listen(address, "/nowhere/login");
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, Code::not_found);
}

}  // namespace
}  // namespace weir
