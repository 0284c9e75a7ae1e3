// SPDX-License-Identifier: Apache-2.0
// Records reach a stream once each, whatever server is away meanwhile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nats/nats.h>

#include <set>

#include "tests/transport/link/nats_server.hpp"
#include "transport/remote/record_shipper.hpp"

namespace weir {
namespace {

using testing::HasSubstr;

constexpr auto kLong = std::chrono::seconds(30);  // only a test that fails waits for so long

/// Asks a server about its streams, as the program `nats` would.
class Administrator {
 public:
  explicit Administrator(const test::NatsServer& server) {
    EXPECT_EQ(natsConnection_ConnectTo(&connection_, ("nats://127.0.0.1:" + std::to_string(server.port())).c_str()),
              NATS_OK);
  }
  ~Administrator() { natsConnection_Destroy(connection_); }
  Administrator(const Administrator&) = delete;
  Administrator& operator=(const Administrator&) = delete;

  std::string ask(const std::string& what, const std::string& with = "") {
    natsMsg* answer = nullptr;
    const std::string subject = "$JS.API." + what;
    if (natsConnection_RequestString(&answer, connection_, subject.c_str(), with.c_str(), 2000) != NATS_OK) return "";
    std::string text(natsMsg_GetData(answer), static_cast<std::size_t>(natsMsg_GetDataLength(answer)));
    natsMsg_Destroy(answer);
    return text;
  }

  int messages(const std::string& stream) {
    const std::string info = ask("STREAM.INFO." + stream);
    const std::size_t at = info.find("\"messages\":");
    return at == std::string::npos ? -1 : std::stoi(info.substr(at + 11, 9));
  }

  bool wait_messages(const std::string& stream, int count) {
    const auto end = std::chrono::steady_clock::now() + kLong;
    while (messages(stream) < count && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    return messages(stream) == count;
  }

  /// How many different records the stream holds.
  std::size_t different(const std::string& stream, int count) {
    std::set<std::string> bodies;
    for (int i = 1; i <= count; ++i) {
      const std::string text = ask("STREAM.MSG.GET." + stream, "{\"seq\":" + std::to_string(i) + "}");
      const std::size_t at = text.find("\"data\":\"");
      bodies.insert(text.substr(at, text.find('"', at + 8) - at));
    }
    return bodies.size();
  }

 private:
  natsConnection* connection_ = nullptr;
};

class NatsRecords : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = test::why_no_nats(); !why.empty()) GTEST_SKIP() << why;
  }

  std::unique_ptr<RecordShipper> shipper(const test::NatsServer& server) {
    RecordShipperOptions options;
    options.journal.folder = folder_.path / "journal";
    options.stream.emplace();
    options.stream->server = server.address("RECORDS");
    options.stream->subject = "weir.v1.records.device-1";
    options.stream->max_bytes = 16 << 20;
    auto made = RecordShipper::open(options);
    EXPECT_TRUE(made) << made.error().text;
    return made ? std::move(*made) : nullptr;
  }

  /// Writes records with numbers that no other has.
  void record(RecordShipper& to, int count) {
    for (int i = 0; i < count; ++i) {
      const auto text = std::make_shared<const std::string>("record " + std::to_string(next_++));
      Body body;
      body.append({{reinterpret_cast<const std::uint8_t*>(text->data()), text->size()}, text});
      ASSERT_TRUE(to.record(1000 + i, body));
    }
  }

  static testing::AssertionResult wait_stored(RecordShipper& of) {
    const auto end = std::chrono::steady_clock::now() + kLong;
    while (of.counters().waiting > 0 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    if (of.counters().waiting == 0) return testing::AssertionSuccess();
    return testing::AssertionFailure() << of.counters().waiting << " wait: " << of.take_note();
  }

  const test::TemporaryFolder folder_;
  int next_ = 0;
};

constexpr const char* kJetStream = "jetstream { store_dir: {STORE}, max_memory_store: 1MB, max_file_store: 64MB }\n";

TEST_F(NatsRecords, EachIsStoredOnceThoughTheServerDiesMeanwhile) {
  test::NatsServer server(kJetStream);
  const auto records = shipper(server);
  record(*records, 200);
  server.kill();  // somewhere among them
  record(*records, 100);
  server.restart();
  record(*records, 100);
  ASSERT_TRUE(wait_stored(*records));
  Administrator administrator(server);
  EXPECT_EQ(administrator.messages("RECORDS"), 400);
  EXPECT_EQ(administrator.different("RECORDS", 400), 400U);
  EXPECT_EQ(records->counters().recorded, 400U);
  EXPECT_EQ(records->counters().dropped, 0U);
}

TEST_F(NatsRecords, WhatOneRunLeavesTheNextOneSends) {
  test::NatsServer server(kJetStream);
  server.kill();
  {
    const auto records = shipper(server);
    record(*records, 30);
    EXPECT_TRUE(records->close(std::chrono::milliseconds(1)));
    EXPECT_EQ(records->counters().waiting, 30U);
  }
  server.restart();
  for (int run = 0; run < 2; ++run) {
    const auto records = shipper(server);
    if (run == 0) record(*records, 10);
    ASSERT_TRUE(wait_stored(*records));
    EXPECT_TRUE(records->close(kLong));
    EXPECT_EQ(records->counters().stored, run == 0 ? 40U : 0U) << "what is marked is not sent again";
  }
  Administrator administrator(server);
  EXPECT_EQ(administrator.messages("RECORDS"), 40);
}

TEST_F(NatsRecords, WaitInALeafServerWhileTheHubIsAway) {
  test::NatsServer hub(
      "server_name: hub\njetstream { store_dir: {STORE}, max_memory_store: 1MB, max_file_store: 64MB, domain: hub }\n"
      "leafnodes { host: 127.0.0.1, port: -1 }\n");
  const std::string leaf_port = std::to_string(hub.port_after("leafnode connections on 127.0.0.1:"));
  const test::NatsServer site(
      "jetstream { store_dir: {STORE}, max_memory_store: 1MB, max_file_store: 64MB, domain: site }\n"
      "leafnodes { reconnect: 1, remotes: [ { url: \"nats-leaf://127.0.0.1:" +
      leaf_port + "\" } ] }\n");
  const auto records = shipper(site);
  record(*records, 100);
  ASSERT_TRUE(wait_stored(*records));
  {
    Administrator administrator(hub);
    const std::string made = administrator.ask(
        "STREAM.CREATE.ALL",
        R"({"name":"ALL","storage":"file","retention":"limits","discard":"old","num_replicas":1,"max_consumers":-1,)"
        R"("max_msgs":-1,"max_bytes":-1,"sources":[{"name":"RECORDS","external":{"api":"$JS.site.API","deliver":""}}]})");
    ASSERT_THAT(made, HasSubstr("\"config\""));
    ASSERT_TRUE(administrator.wait_messages("ALL", 100)) << administrator.messages("ALL");
  }
  hub.kill();
  record(*records, 100);
  ASSERT_TRUE(wait_stored(*records)) << "the site does not need the hub";
  hub.add("leafnodes { host: 127.0.0.1, port: " + leaf_port + " }\n");
  hub.restart();
  record(*records, 50);
  Administrator administrator(hub);
  EXPECT_TRUE(administrator.wait_messages("ALL", 250)) << administrator.messages("ALL");
  EXPECT_EQ(administrator.different("ALL", 250), 250U);
}

TEST_F(NatsRecords, AServerWithoutJetStreamIsNamed) {
  const test::NatsServer server;
  const auto records = shipper(server);
  record(*records, 1);
  std::string note;
  for (const auto end = std::chrono::steady_clock::now() + kLong;
       note.empty() && std::chrono::steady_clock::now() < end;) {
    note = records->take_note();
  }
  EXPECT_THAT(note, HasSubstr("needs a jetstream block"));
  EXPECT_EQ(records->counters().waiting, 1U);
}

}  // namespace
}  // namespace weir
