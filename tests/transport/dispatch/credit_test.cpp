// SPDX-License-Identifier: Apache-2.0
// Credits, the waiting list, and full links.
#include "tests/transport/dispatch/dispatch_fixture.hpp"

namespace weir {
namespace {

using CreditTest = DispatchTest;

TEST_F(CreditTest, MessagesAreNeverExceeded) {
  join(1, 2);
  for (RequestId id = 1; id <= 5; ++id) submit(id, seconds(1));
  EXPECT_EQ(log_.sent.size(), 2u);
  result(1, 1);
  EXPECT_EQ(log_.sent.size(), 3u);
}

TEST_F(CreditTest, BytesAreNeverExceeded) {
  join(1, 10, 1000);
  submit(1, seconds(1), 600);
  submit(2, seconds(1), 600);
  submit(3, seconds(1), 400);
  ASSERT_EQ(log_.sent.size(), 2u);
  EXPECT_EQ(last_sent().id, 3u) << "fits beside the first";
  result(1, 1);
  EXPECT_EQ(last_sent().id, 2u);
}

TEST_F(CreditTest, TheNewestGoesFirst) {
  join(1, 1);
  for (RequestId id = 1; id <= 4; ++id) submit(id, seconds(1));
  result(1, 1);
  EXPECT_EQ(last_sent().id, 4u);
  result(1, 4);
  EXPECT_EQ(last_sent().id, 3u);
}

TEST_F(CreditTest, AHigherPriorityGoesBeforeNewerWork) {
  join(1, 1);
  submit(1, seconds(1));
  Request urgent = make(2, seconds(1));
  urgent.priority = 1;
  dispatcher().submit(urgent, now_);
  submit(3, seconds(1));
  result(1, 1);
  EXPECT_EQ(last_sent().id, 2u);
}

TEST_F(CreditTest, TheOldestGivesWayWhenTooManyWait) {
  start({.waiting = 2});
  join(1, 1);
  for (RequestId id = 1; id <= 4; ++id) submit(id, seconds(1));
  EXPECT_EQ(ending(2), "nack:overload");
  EXPECT_EQ(ending(1) + ending(3) + ending(4), "");
}

TEST_F(CreditTest, ACancelledRequestKeepsItsCreditUntilTheWorkerAnswers) {
  start({.attempts = 1});
  join_known(1, milliseconds(5), 1);
  submit(1, milliseconds(20));
  pass(milliseconds(20));
  EXPECT_EQ(ending(1), "expired:attempt_timeout");
  submit(2, milliseconds(200));
  EXPECT_EQ(log_.sent.size(), 1u) << "the worker may still hold the first";
  nack(1, 1, "cancelled");
  EXPECT_EQ(last_sent().id, 2u);
}

TEST_F(CreditTest, WhatIsCancelledBeforeItLeftGivesItsCreditBackAtOnce) {
  start({.attempts = 1});
  join_known(1, milliseconds(5), 1);
  log_.withdraws = true;
  submit(1, milliseconds(20));
  pass(milliseconds(20));
  EXPECT_EQ(ending(1), "expired:attempt_timeout");
  submit(2, milliseconds(200));
  EXPECT_EQ(last_sent().id, 2u) << "the worker never hears of the first";
}

TEST_F(CreditTest, AWorkerThatForgetsACancelledRequestGetsItsCreditBack) {
  join_known(1, milliseconds(5), 1);
  submit(1, milliseconds(20));
  pass(milliseconds(100));
  submit(2, seconds(10));
  pass(milliseconds(1800));
  EXPECT_EQ(log_.sent.size(), 1u);
  pass(milliseconds(1300));
  EXPECT_EQ(last_sent().id, 2u) << "it answered a ping sent two seconds after the cancel";
}

TEST_F(CreditTest, AWorkerThatStoodStillHasNotForgotten) {
  join_known(1, milliseconds(5), 1);
  submit(1, milliseconds(20));
  pass(milliseconds(200));
  submit(2, seconds(10));
  silent_ = {1};
  pass(seconds(3));
  silent_ = {};
  pass(milliseconds(500));
  EXPECT_FALSE(view(1).suspect);
  EXPECT_EQ(log_.sent.size(), 1u) << "it may be at the first request again";
  nack(1, 1, "cancelled");
  EXPECT_EQ(last_sent().id, 2u);
}

TEST_F(CreditTest, CreditCanChange) {
  join(1, 1);
  for (RequestId id = 1; id <= 4; ++id) submit(id, seconds(1));
  dispatcher().credit(1, 3, 1 << 20, now_);
  EXPECT_EQ(log_.sent.size(), 3u);
  dispatcher().credit(1, 0, 0, now_);
  result(1, 1);
  EXPECT_EQ(log_.sent.size(), 3u);
}

TEST_F(CreditTest, AFullLinkIsPassedOverUntilItHasRoom) {
  join(1);
  join(2);
  log_.full = {1};
  submit(1);
  EXPECT_EQ(last_sent().worker, 2u);
  log_.full = {1, 2};
  submit(2, seconds(1));
  EXPECT_EQ(log_.sent.size(), 1u);
  log_.full = {};
  dispatcher().room(1, now_);
  EXPECT_EQ(last_sent().id, 2u);
}

TEST_F(CreditTest, AFullLinkIsTriedAgainByItself) {
  join(1);
  log_.full = {1};
  submit(1);
  log_.full = {};
  pass(milliseconds(15));
  EXPECT_EQ(log_.sent.size(), 1u);
}

TEST_F(CreditTest, ADrainingWorkerFinishesWhatItHas) {
  join(1);
  submit(1);
  dispatcher().draining(1, now_);
  submit(2);
  EXPECT_EQ(ending(2), "nack:no_worker");
  EXPECT_TRUE(result(1, 1));
  join(2);
  submit(3);
  EXPECT_EQ(last_sent().worker, 2u);
}

}  // namespace
}  // namespace weir
