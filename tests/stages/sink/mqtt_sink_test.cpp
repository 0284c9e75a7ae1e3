// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

#include "pipeline/clock.hpp"
#include "stages/sink/mqtt_outbox.hpp"
#include "tests/stages/sink/mqtt_broker.hpp"
#include "tests/stages/sink/sink_samples.hpp"
#include "tests/support/reserved_port.hpp"

namespace weir {
namespace {

using std::string;
using testing::HasSubstr;
using testing::Not;

// Looks again and again until something that other threads bring about is there.
template <typename Condition>
bool comes(const Condition& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

class SinkMqtt : public testing::Test {
 protected:
  void SetUp() override {
    if (!Broker::installed()) GTEST_SKIP() << "no " << Broker::kProgram;
  }
  MqttOptions options(std::size_t buffer) const {
    MqttOptions made;
    made.port = port;
    made.buffer = buffer;
    return made;
  }
  TempDir folder;
  const test::ReservedPort reserved;
  const int port = reserved.number();
  const string config = folder / "mosquitto.conf";
};

TEST_F(SinkMqtt, PublishesEachAnswerUnderTheStreamsTopic) {
  Broker broker(port, config);
  ASSERT_TRUE(broker.running()) << broker.said();
  Subscriber subscriber(port, "weir/#");
  StageHarness harness(sinks(), "sink.mqtt", {{"port", std::to_string(port)}});
  const Status opened = harness.open();
  ASSERT_TRUE(opened) << opened.error().text;
  harness.feed("in", tracks({{{1, 2, 3, 4}, 0.5F, 1, 7, 1, 0}}));
  ASSERT_TRUE(harness.run());
  harness.feed("in", tracks({}));
  ASSERT_TRUE(harness.run());
  EXPECT_EQ(subscriber.next(),
            R"(weir/camera {"stream":"camera","frame":0,"capture_ms":0.000,"outcome":"full","objects":[{"class":"car",)"
            R"("score":0.500000,"box":[1.000,2.000,3.000,4.000],"id":7}]})");
  EXPECT_THAT(subscriber.next(), HasSubstr(R"("frame":1,)"));
  const Status closed = harness.close();
  EXPECT_TRUE(closed) << closed.error().text;
}

TEST_F(SinkMqtt, KeepsTheNewestWhileTheBrokerIsAwayAndSendsThemInOrderWhenItIsBack) {
  ManualClock clock;
  auto broker = std::make_unique<Broker>(port, config);
  ASSERT_TRUE(broker->running()) << broker->said();
  MqttOutbox outbox(options(4), clock);
  outbox.post("weir/a", "before");
  ASSERT_TRUE(comes([&] { return outbox.delivered() == 1; }));
  EXPECT_EQ(outbox.take_note(), "");

  broker->kill();
  clock.await_waiters(1);  // the back-off
  EXPECT_FALSE(outbox.connected());
  EXPECT_THAT(outbox.take_note(), HasSubstr("is away (the connection broke); the newest 4 answers are kept"));
  for (int i = 0; i < 10; ++i) outbox.post("weir/a", std::to_string(i));
  EXPECT_EQ(outbox.dropped(), 6U);
  clock.advance(std::chrono::seconds(1));  // still away
  clock.await_waiters(1);
  EXPECT_EQ(outbox.take_note(), "");  // said once

  broker = std::make_unique<Broker>(port, config);
  ASSERT_TRUE(broker->running()) << broker->said();
  Subscriber subscriber(port, "weir/#");
  clock.advance(std::chrono::seconds(2));
  for (int i = 6; i < 10; ++i) EXPECT_EQ(subscriber.next(), "weir/a " + std::to_string(i));
  EXPECT_THAT(outbox.take_note(), HasSubstr("is there; 6 answers were dropped while it was away (buffer: 4)"));
  const Status closed = outbox.close();
  EXPECT_TRUE(closed) << closed.error().text;
  EXPECT_EQ(outbox.delivered(), 5U);
}

TEST_F(SinkMqtt, WaitsForABrokerThatComesLater) {
  ManualClock clock;
  MqttOutbox outbox(options(10), clock);
  outbox.post("weir/a", "early");
  clock.await_waiters(1);
  EXPECT_THAT(outbox.take_note(), HasSubstr("is away (no connection)"));
  Broker broker(port, config);
  ASSERT_TRUE(broker.running()) << broker.said();
  Subscriber subscriber(port, "weir/#");
  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(subscriber.next(), "weir/a early");
  EXPECT_TRUE(outbox.close());
}

TEST_F(SinkMqtt, ManyMessagesArriveOnceAndInOrder) {
  ManualClock clock;
  Broker broker(port, config, "allow_anonymous true\nmax_queued_messages 0\n");
  ASSERT_TRUE(broker.running()) << broker.said();
  Subscriber subscriber(port, "weir/#");
  MqttOutbox outbox(options(1000), clock);
  for (int i = 0; i < 500; ++i) outbox.post("weir/a", std::to_string(i));
  for (int i = 0; i < 500; ++i) ASSERT_EQ(subscriber.next(), "weir/a " + std::to_string(i));
  EXPECT_TRUE(outbox.close());
  EXPECT_EQ(outbox.delivered(), 500U);
}

TEST_F(SinkMqtt, FailsAtTheEndWhenAnswersNeverArrived) {
  StageHarness harness(sinks(), "sink.mqtt", {{"port", std::to_string(port)}, {"qos", "0"}, {"buffer", "2"}});
  ASSERT_TRUE(harness.open());
  for (int i = 0; i < 3; ++i) {
    harness.feed("in", tracks({}));
    ASSERT_TRUE(harness.run());
  }
  const Status status = harness.close();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::unavailable);
  EXPECT_THAT(status.error().text,
              HasSubstr("host: the last 2 answers did not reach the MQTT broker 127.0.0.1:" + std::to_string(port)));
  EXPECT_THAT(status.error().text, HasSubstr("1 were dropped before"));
}

TEST_F(SinkMqtt, SaysThatThePasswordIsWrongWithoutShowingIt) {
  const string passwords = folder / "passwords";
  const string make = "mosquitto_passwd -b -c " + passwords + " camera secret-right 2>/dev/null";
  if (std::system(make.c_str()) != 0) GTEST_SKIP() << "no mosquitto_passwd";
  Broker broker(port, config, "allow_anonymous false\npassword_file " + passwords + "\n");
  ASSERT_TRUE(broker.running()) << broker.said();
  ManualClock clock;
  MqttOptions wrong = options(10);
  wrong.user = "camera";
  wrong.password = "secret-wrong";
  MqttOutbox refused(wrong, clock);
  refused.post("weir/a", "x");
  clock.await_waiters(1);
  const string note = refused.take_note();
  EXPECT_TRUE(note.find("refuses the user or password") != string::npos ||
              note.find("does not let this user in") != string::npos)
      << note;
  const Status closed = refused.close();
  ASSERT_FALSE(closed);
  EXPECT_THAT(note + closed.error().text, Not(HasSubstr("secret")));

  std::ofstream(folder / "password") << "secret-right\n";
  StageHarness harness(sinks(), "sink.mqtt",
                       {{"port", std::to_string(port)}, {"user", "camera"}, {"password_file", folder / "password"}});
  ASSERT_TRUE(harness.open());
  harness.feed("in", tracks({}));
  ASSERT_TRUE(harness.run());
  const Status right = harness.close();
  EXPECT_TRUE(right) << right.error().text;
}

TEST_F(SinkMqtt, EncryptsAndChecksTheBrokersCertificate) {
  const string key = folder / "key.pem", certificate = folder / "cert.pem";
  const string make =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost "
      "-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout " +
      key + " -out " + certificate + " 2>/dev/null";
  if (std::system(make.c_str()) != 0) GTEST_SKIP() << "no openssl";
  Broker broker(port, config, "allow_anonymous true\ncertfile " + certificate + "\nkeyfile " + key + "\n");
  ASSERT_TRUE(broker.running()) << broker.said();
  for (const bool trusted : {true, false}) {
    std::map<string, string> params{{"host", "localhost"}, {"port", std::to_string(port)}, {"tls", "true"}};
    if (trusted) params["ca_file"] = certificate;
    StageHarness harness(sinks(), "sink.mqtt", params);
    ASSERT_TRUE(harness.open());
    harness.feed("in", tracks({}));
    ASSERT_TRUE(harness.run());
    const Status status = harness.close();
    EXPECT_EQ(status.ok(), trusted) << status.error().text;
    if (!status) {
      EXPECT_THAT(status.error().text, HasSubstr("its certificate is not accepted"));
    }
  }
}

TEST(SinkMqttErrors, NamesTheKeyAndWhatToDo) {
  const auto refusal = [](std::map<string, string> params) {
    StageHarness harness(sinks(), "sink.mqtt", std::move(params));
    const Status status = harness.open();
    return status ? string("no error") : status.error().text;
  };
  EXPECT_THAT(refusal({{"host", "broker.example"}}), HasSubstr("host: \"broker.example\" is another machine"));
  EXPECT_THAT(refusal({{"host", "broker.example"}, {"tls", "true"}}),
              HasSubstr("set tls: true, user, and password_file"));
  EXPECT_THAT(refusal({{"password_env", "WEIR_TEST_NOT_SET"}}), HasSubstr("no variable \"WEIR_TEST_NOT_SET\""));
  EXPECT_THAT(refusal({{"password_file", "no/such/file"}}), HasSubstr("password_file: cannot read \"no/such/file\""));
  EXPECT_THAT(refusal({{"topic", "weir/+"}}), HasSubstr("topic: \"weir/+\""));
  EXPECT_THAT(refusal({{"qos", "2"}}), HasSubstr("qos"));
}

}  // namespace
}  // namespace weir
