// SPDX-License-Identifier: Apache-2.0
// Workers that say what they must not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/base/random.hpp"
#include "tests/transport/remote/device.hpp"
#include "tests/transport/remote/echo_worker.hpp"
#include "tests/transport/remote/fault_matrix.hpp"
#include "tests/transport/remote/rogue_worker.hpp"

namespace weir::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

const Address kAnyPort = *parse_address("tcp://127.0.0.1:0");
constexpr Duration kBudget = seconds(5);

bool is(const FrameHeader& header, MessageType type) { return header.type == type; }

/// With which no attempt times out because the machine is busy.
CloudClientOptions patient(Duration attempt = seconds(3)) {
  CloudClientOptions options;
  options.dispatch.least_attempt = attempt;
  return options;
}

/// A device between a rogue and a worker that does its work.
struct Pair {
  explicit Pair(RogueWorker::Script script, CloudClientOptions options = patient())
      : rogue(std::move(script)),
        honest(start_echo(kAnyPort, work)),
        device({rogue.address(), honest->addresses().front()}, std::move(options)) {
    EXPECT_TRUE(eventually([this] { return device.worker(1).connected; }));
  }

  /// Asks until the rogue has had so much work; whether each was answered in spite of that.
  void ask_until_rogue_has(int works) {
    int asked = 0;
    for (; asked < 5000 && rogue.works < works; ++asked) EXPECT_EQ(device.ask(kBudget).ending, Ending::result);
    EXPECT_GE(rogue.works, works) << "after " << asked << " requests";
  }
  std::string problem() const { return device.client->last_problem(); }

  EchoWork work{milliseconds(1)};
  RogueWorker rogue;
  std::unique_ptr<WorkerServer> honest;
  Device device;
};

void corrupt_body() {
  Pair pair([](RogueWorker& rogue, const FrameHeader& header) {
    if (!is(header, MessageType::work)) return false;
    FrameHeader answer;
    answer.type = MessageType::result;
    answer.id = header.id;
    rogue.write(wire_bytes(answer, std::vector<std::uint8_t>(1000, 1), false));
    return true;
  });
  pair.ask_until_rogue_has(2);
  EXPECT_GE(pair.rogue.connections, 2) << "the link must be closed, for nothing on it can be trusted";
  EXPECT_THAT(pair.problem(), HasSubstr(pair.rogue.address().text()));
}

void garbage_body() {
  Pair pair([](RogueWorker& rogue, const FrameHeader& header) {
    if (!is(header, MessageType::work)) return false;
    Random random(header.id);
    std::vector<std::uint8_t> garbage(200);
    for (auto& byte : garbage) byte = static_cast<std::uint8_t>(random.next());
    FrameHeader answer;
    answer.type = MessageType::result;
    answer.id = header.id;
    rogue.write(wire_bytes(answer, garbage));
    return true;
  });
  pair.ask_until_rogue_has(3);
  EXPECT_THAT(pair.problem(), HasSubstr("a result cannot be read"));
  pair.honest.reset();
  ASSERT_TRUE(eventually([&] { return !pair.device.worker(1).connected; }));
  EXPECT_EQ(pair.device.ask(kBudget).reason, "corrupt");
}

void garbage_in_other_messages() {
  Pair pair([](RogueWorker& rogue, const FrameHeader& header) {
    if (!is(header, MessageType::ping)) return false;
    for (int type = 1; type <= 13; ++type) {
      FrameHeader message;
      message.type = static_cast<MessageType>(type);
      if (message.type == MessageType::drain || message.type == MessageType::goaway) continue;
      rogue.write(wire_bytes(message, std::vector<std::uint8_t>{0xC1, 0xFF, 0x80}));
    }
    return false;
  });
  pair.ask_until_rogue_has(20);
}

void other_wire_version() {
  Pair pair([](RogueWorker& rogue, const FrameHeader& header) {
    if (!is(header, MessageType::hello)) return false;
    auto bytes = wire_bytes({}, {});
    bytes[4] = 9;
    rogue.write(bytes);
    return true;
  });
  EXPECT_TRUE(eventually([&] { return pair.problem().find("version 9") != std::string::npos; })) << pair.problem();
  for (int i = 0; i < 50; ++i) EXPECT_EQ(pair.device.ask(kBudget).worker, 1);
  EXPECT_FALSE(pair.device.worker(0).connected);
}

void other_model() {
  EchoWork work{milliseconds(1)};
  WorkerServerOptions options;
  options.services = {{kEcho.name, "fingerprint of another model"}};
  const auto server = start_echo(kAnyPort, work, options);
  Device device({server->addresses().front()});
  ASSERT_TRUE(eventually([&] { return device.worker(0).connected; }));
  EXPECT_FALSE(device.client->wait_for_worker(0, milliseconds(50)));
  EXPECT_THAT(device.client->last_problem(), HasSubstr("does not offer echo: its stages, their parameters or the"));
  EXPECT_EQ(device.ask(kBudget).reason, "no_worker");
  EXPECT_EQ(work.calls, 0);
}

void reset_in_a_message() {
  Pair pair([](RogueWorker& rogue, const FrameHeader& header) {
    if (!is(header, MessageType::work)) return false;
    FrameHeader answer;
    answer.type = MessageType::result;
    answer.id = header.id;
    const auto bytes = wire_bytes(answer, std::vector<std::uint8_t>(100'000, 1));
    rogue.write(std::span(bytes).first(50'000));
    rogue.reset();
    return true;
  });
  pair.ask_until_rogue_has(3);
  EXPECT_GE(pair.rogue.connections, 3);
}

void no_answer_to_hello() {
  RogueWorker rogue([](RogueWorker&, const FrameHeader& header) { return is(header, MessageType::hello); });
  CloudClientOptions options;
  options.link.connect_timeout = milliseconds(100);
  Device device({rogue.address()}, options);
  EXPECT_EQ(device.ask(kBudget).reason, "no_worker");
  EXPECT_TRUE(eventually([&] { return rogue.connections >= 3; })) << "who hangs is left, and tried again";
  EXPECT_THAT(device.client->last_problem(), HasSubstr("does not answer"));
}

void another_first_message() {
  RogueWorker rogue([](RogueWorker& worker, const FrameHeader& header) {
    worker.send_result(header.id);
    return true;
  });
  Device device({rogue.address()});
  EXPECT_TRUE(eventually([&] { return rogue.connections >= 2; }));
  EXPECT_THAT(device.client->last_problem(), HasSubstr("did not begin with hello_ack"));
}

void reads_nothing_more() {
  Pair pair(
      [](RogueWorker& rogue, const FrameHeader& header) {
        if (is(header, MessageType::work)) rogue.fall_silent();
        return is(header, MessageType::work);
      },
      patient(milliseconds(300)));
  for (int i = 0; i < 300; ++i) EXPECT_EQ(pair.device.ask(kBudget, 100'000).ending, Ending::result);
  EXPECT_EQ(pair.rogue.works, 1);
  EXPECT_GE(pair.device.worker(0).timeouts, 1U);
  pair.honest.reset();
  ASSERT_TRUE(eventually([&] { return !pair.device.worker(1).connected; }));
  for (int i = 0; i < 5; ++i) {
    const CloudAnswer answer = pair.device.ask(milliseconds(100), 1'000'000);
    EXPECT_NE(answer.ending, Ending::result) << "nobody is left who could answer";
  }
}

void answers_twice_and_for_others() {
  Pair pair([](RogueWorker& rogue, const FrameHeader& header) {
    if (!is(header, MessageType::work)) return false;
    rogue.send_result(header.id + 1'000'000);
    for (int i = 0; i < 3; ++i) rogue.send_result(header.id);
    rogue.send(MessageType::nack, header.id, wire::encode(wire::Nack{"busy", seconds(9), ""}));
    rogue.send(MessageType::nack, 77'777'777, wire::encode(wire::Nack{"draining", {}, ""}));
    return true;
  });
  pair.ask_until_rogue_has(30);
  const auto late = [&] { return pair.device.client->traffic().requests.late; };
  EXPECT_TRUE(eventually([&] { return late() == 3U * static_cast<std::uint64_t>(pair.rogue.works); })) << late();
}

void answers_late() {
  std::atomic<std::uint64_t> held{0};
  RogueWorker rogue([&](RogueWorker&, const FrameHeader& header) {
    if (is(header, MessageType::cancel)) return true;
    if (!is(header, MessageType::work) || held != 0) return false;
    held = header.id;
    return true;
  });
  Device device({rogue.address()});
  ASSERT_TRUE(device.client->wait_for_worker(0, seconds(10)));
  ASSERT_TRUE(eventually([&] {  // on a busy machine a request may end before it leaves
    device.ask(milliseconds(50));
    return held != 0;
  }));
  EXPECT_GE(device.tally().expired, 1);
  rogue.send_result(held);
  EXPECT_TRUE(eventually([&] { return device.client->traffic().requests.late == 1; }));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(device.ask(kBudget).ending, Ending::result) << "its credit is not given back";
}

void answer_is_too_large() {
  Pair pair([](RogueWorker& rogue, const FrameHeader& header) {
    if (!is(header, MessageType::work)) return false;
    FrameHeader answer;
    answer.type = MessageType::result;
    answer.id = header.id;
    auto bytes = wire_bytes(answer, std::vector<std::uint8_t>((4 << 20) + 1));
    rogue.write(std::span(bytes).first(100'000));  // the rest need not come
    return true;
  });
  pair.ask_until_rogue_has(2);
  EXPECT_GE(pair.rogue.connections, 2);
}

void honest_answer_is_too_large() {
  EchoWork work({}, 200'000);
  const auto server = start_echo(kAnyPort, work);
  CloudClientOptions options;
  options.link.max_body = 100'000;
  Device device({server->addresses().front()}, options);
  ASSERT_TRUE(device.client->wait_for_worker(0, seconds(10)));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(device.ask(kBudget).reason, "too_large");
  EXPECT_THAT(device.client->last_problem(), HasSubstr("max_message"));
  EXPECT_TRUE(device.worker(0).connected) << "the link can go on";
}

void request_is_too_large() {
  EchoWork work({});
  WorkerServerOptions small;
  small.link.max_body = 100'000;
  const auto server = start_echo(kAnyPort, work, small);
  Device device({server->addresses().front()});
  ASSERT_TRUE(device.client->wait_for_worker(0, seconds(10)));
  EXPECT_EQ(device.ask(kBudget, 99'000).ending, Ending::result);
  EXPECT_EQ(device.ask(kBudget, 200'000).reason, "no_worker") << "for this worker";
  EXPECT_EQ(device.ask(kBudget, 5'000'000).reason, "too_large") << "for this device's own limit";
  EXPECT_EQ(device.ask(kBudget, 99'000).ending, Ending::result);
  EXPECT_EQ(server->counters().bad_messages, 0U);
}

void goes_away() {
  Pair pair([](RogueWorker& rogue, const FrameHeader& header) {
    if (!is(header, MessageType::work)) return false;
    rogue.send(MessageType::goaway, 0, wire::encode(wire::Goaway{"shutdown"}));
    rogue.send_result(header.id);
    return true;
  });
  pair.ask_until_rogue_has(1);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(pair.device.ask(kBudget).worker, 1);
  EXPECT_EQ(pair.rogue.works, 1) << "it said that it goes";
}

void refuses_with_goaway() {
  RogueWorker rogue([](RogueWorker& worker, const FrameHeader&) {
    worker.send(MessageType::goaway, 0, wire::encode(wire::Goaway{"unauthorized"}));
    return true;
  });
  Device device({rogue.address()});
  EXPECT_TRUE(eventually([&] { return rogue.connections >= 2; }));
  EXPECT_THAT(device.client->last_problem(), HasSubstr("the worker refused: unauthorized"));
  EXPECT_EQ(device.ask(kBudget).reason, "no_worker");
}

void takes_nothing_for_a_while() {
  Pair pair([](RogueWorker&, const FrameHeader&) { return false; });
  pair.ask_until_rogue_has(5);
  pair.rogue.send(MessageType::credit, 0, wire::encode(wire::Credit{0, 0}));
  const auto bytes_down = [&] { return pair.device.client->traffic().bytes_down; };
  ASSERT_TRUE(eventually([&, before = bytes_down()] { return bytes_down() > before; }));
  const int before = pair.rogue.works;
  for (int i = 0; i < 50; ++i) EXPECT_EQ(pair.device.ask(kBudget).worker, 1);
  EXPECT_EQ(pair.rogue.works, before);
  pair.honest.reset();
  ASSERT_TRUE(eventually([&] { return !pair.device.worker(1).connected; }));
  EXPECT_NE(pair.device.ask(milliseconds(50)).ending, Ending::result);
  EXPECT_EQ(pair.rogue.works, before);
  pair.rogue.send(MessageType::credit, 0, wire::encode(wire::Credit{2, 1 << 20}));
  EXPECT_TRUE(eventually([&] { return pair.device.ask(kBudget).worker == 0; }));
}

}  // namespace

std::vector<Fault> protocol_faults() {
  return {{"CorruptBody", corrupt_body},
          {"GarbageBody", garbage_body},
          {"GarbageInOtherMessages", garbage_in_other_messages},
          {"OtherWireVersion", other_wire_version},
          {"OtherModel", other_model},
          {"ResetInAMessage", reset_in_a_message},
          {"NoAnswerToHello", no_answer_to_hello},
          {"AnotherFirstMessage", another_first_message},
          {"ReadsNothingMore", reads_nothing_more},
          {"AnswersTwiceAndForOthers", answers_twice_and_for_others},
          {"AnswersLate", answers_late},
          {"AnswerIsTooLarge", answer_is_too_large},
          {"HonestAnswerIsTooLarge", honest_answer_is_too_large},
          {"RequestIsTooLarge", request_is_too_large},
          {"GoesAway", goes_away},
          {"RefusesWithGoaway", refuses_with_goaway},
          {"TakesNothingForAWhile", takes_nothing_for_a_while}};
}

}  // namespace weir::test
