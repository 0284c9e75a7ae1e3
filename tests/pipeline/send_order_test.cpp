// SPDX-License-Identifier: Apache-2.0
#include "pipeline/runtime/send_order.hpp"

#include <gmock/gmock.h>

#include <string>

namespace weir {
namespace {

using testing::ElementsAre;

std::string text_of(const SendOrder::Done& done) {
  return (done.end ? "end " : "gap ") + std::to_string(done.first) + "-" + std::to_string(done.last);
}

std::vector<std::string> sent_by(SendOrder& order) {
  std::vector<std::string> sent;
  order.send_ready([&](const SendOrder::Done& done) { sent.push_back(text_of(done)); });
  return sent;
}

TEST(SendOrder, HoldsBackWhatComesTooEarly) {
  SendOrder order;
  order.add({.first = 2, .last = 2, .reason = Reasons::queue_full});
  order.add({.first = 1, .last = 1, .reason = Reasons::no_output});
  EXPECT_THAT(sent_by(order), ElementsAre());
  order.add({.first = 0, .last = 0, .reason = Reasons::no_output});
  EXPECT_THAT(sent_by(order), ElementsAre("gap 0-0", "gap 1-1", "gap 2-2"));
}

TEST(SendOrder, JoinsGapsOfOneReason) {
  SendOrder order;
  order.add({.first = 0, .last = 3, .reason = Reasons::queue_full});
  order.add({.first = 4, .last = 9, .reason = Reasons::queue_full});
  order.add({.first = 10, .last = 10, .reason = Reasons::no_output});
  EXPECT_THAT(sent_by(order), ElementsAre("gap 0-9", "gap 10-10"));
}

TEST(SendOrder, SendsNothingAfterTheEnd) {
  SendOrder order;
  order.add({.first = 0, .last = 0, .reason = {}, .end = true});
  EXPECT_FALSE(order.ended());
  EXPECT_THAT(sent_by(order), ElementsAre("end 0-0"));
  EXPECT_TRUE(order.ended());
  order.add({.first = 1, .last = 1, .reason = Reasons::queue_full});
  EXPECT_THAT(sent_by(order), ElementsAre());
}

TEST(SendOrder, WhoIsSendingAlreadySendsWhatIsAddedMeanwhile) {
  SendOrder order;
  order.add({.first = 0, .last = 0, .reason = Reasons::no_output});
  std::vector<std::string> sent;
  order.send_ready([&](const SendOrder::Done& done) {
    if (done.first == 0) order.add({.first = 1, .last = 1, .reason = Reasons::queue_full});
    EXPECT_THAT(sent_by(order), ElementsAre()) << "out of turn";
    sent.push_back(text_of(done));
  });
  EXPECT_THAT(sent, ElementsAre("gap 0-0", "gap 1-1"));
}

}  // namespace
}  // namespace weir
