// SPDX-License-Identifier: Apache-2.0
// What a device learns of a request's way, also after it has given it up.
#include <gtest/gtest.h>

#include <optional>

#include "tests/transport/remote/device.hpp"
#include "tests/transport/remote/echo_worker.hpp"
#include "tests/transport/remote/rogue_worker.hpp"

namespace weir::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Fate = CloudReceipt::Fate;

/// One device, one worker that does with requests what the test says.
class Receipt : public testing::Test {
 protected:
  void SetUp() override {
    CloudClientOptions options;
    options.workers = {rogue_.address()};
    options.services = {kEcho};
    options.warn = [](const std::string&) {};
    auto client = CloudClient::create(std::move(options));
    ASSERT_TRUE(client) << client.error().text;
    client_ = std::move(*client);
    ASSERT_TRUE(client_->wait_for_worker(0, seconds(10)));
  }

  /// Asks once; what the ticket said.
  CloudAnswer ask(Duration budget) {
    CloudTicket ticket = client_->begin(0, echo_request(0, 10000), budget, 0, 0, [this](const CloudReceipt& one) {
      const std::lock_guard lock(mutex_);
      EXPECT_FALSE(receipt_) << "told twice";
      receipt_ = one;
    });
    return ticket.wait();
  }
  /// Asks for what the worker takes and keeps, until the device gives it up. Gives longer where a busy machine let the
  /// time pass before the request left.
  void ask_in_vain() {
    hold_ = true;
    for (Duration budget = milliseconds(30); !held_ && budget < seconds(30); budget *= 2) {
      forget();
      EXPECT_EQ(ask(budget).ending, Ending::expired);
      EXPECT_TRUE(eventually([this] { return held_ != 0 || told(); }));
    }
    EXPECT_FALSE(told()) << "the worker has it yet";
  }
  void forget() {
    const std::lock_guard lock(mutex_);
    receipt_.reset();
  }
  bool told() {
    const std::lock_guard lock(mutex_);
    return receipt_.has_value();
  }
  CloudReceipt receipt() {
    EXPECT_TRUE(eventually([this] { return told(); }));
    const std::lock_guard lock(mutex_);
    return receipt_.value_or(CloudReceipt{});
  }

  std::atomic<bool> hold_{false};
  std::atomic<std::uint64_t> held_{0};
  std::mutex mutex_;
  std::optional<CloudReceipt> receipt_;
  RogueWorker rogue_{[this](RogueWorker&, const FrameHeader& header) {
    if (header.type == MessageType::cancel) return true;
    if (header.type != MessageType::work || !hold_) return false;
    held_ = header.id;
    return true;
  }};
  std::unique_ptr<CloudClient> client_;
};

TEST_F(Receipt, OfAnAnswerIsThereWithIt) {
  EXPECT_EQ(ask(seconds(10)).ending, Ending::result);
  ASSERT_TRUE(told()) << "whoever has the answer can rely on it";
  EXPECT_EQ(receipt().fate, Fate::answered);
  EXPECT_EQ(receipt().worker, 0);
}

TEST_F(Receipt, OfALateAnswerComesWhenItDoes) {
  ask_in_vain();
  rogue_.send_result(held_);
  EXPECT_EQ(receipt().fate, Fate::late);
  EXPECT_GE(receipt().elapsed, milliseconds(30));
}

TEST_F(Receipt, OfALostConnectionSaysSo) {
  ask_in_vain();
  rogue_.reset();
  EXPECT_EQ(receipt().fate, Fate::lost);
}

TEST_F(Receipt, TellsWhatWasNotDoneFromWhatFailed) {
  for (const auto& [reason, fate] : {std::pair{"cancelled", Fate::skipped}, {"failed", Fate::refused}}) {
    held_ = 0;
    ask_in_vain();
    rogue_.send(MessageType::nack, held_, wire::encode(wire::Nack{reason, {}, {}}));
    EXPECT_EQ(receipt().fate, fate) << reason;
  }
}

TEST_F(Receipt, OfWhatNeverLeftComesAtOnce) {
  ask(Duration(0));
  EXPECT_EQ(receipt().fate, Fate::unsent);
}

}  // namespace
}  // namespace weir::test
