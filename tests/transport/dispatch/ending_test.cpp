// SPDX-License-Identifier: Apache-2.0
// How requests end: each exactly once, at its deadline at the latest.
#include "tests/transport/dispatch/dispatch_fixture.hpp"

namespace weir {
namespace {

using EndingTest = DispatchTest;

TEST_F(EndingTest, ResultEndsARequestOnce) {
  join(1);
  submit(7);
  ASSERT_EQ(log_.sent.size(), 1u);
  EXPECT_EQ(last_sent().attempt, 0);
  pass(milliseconds(5));
  EXPECT_TRUE(result(1, 7));
  EXPECT_FALSE(result(1, 7)) << "a duplicate";
  pass(seconds(1));
  EXPECT_EQ(ending(7), "result");
  EXPECT_EQ(log_.finished[0].worker, 1u);
  EXPECT_EQ(log_.finished[0].attempts, 1);
  EXPECT_EQ(dispatcher().counters().late, 1u);
}

TEST_F(EndingTest, WithoutAWorkerARequestEndsAtOnce) {
  submit(1);
  EXPECT_EQ(ending(1), "nack:no_worker");
  join(1);
  Request other = make(2, milliseconds(100));
  other.service = 9;
  dispatcher().submit(other, now_);
  EXPECT_EQ(ending(2), "nack:no_worker") << "of its service";
  submit(3, milliseconds(100), 2 << 20);
  EXPECT_EQ(ending(3), "nack:no_worker") << "that takes so many bytes";
}

TEST_F(EndingTest, UnansweredEndsAtItsDeadlineAndIsCancelled) {
  start({.attempts = 1});
  join_known(1, milliseconds(60));
  submit(1);
  pass(milliseconds(100) - Duration(1));
  EXPECT_EQ(ending(1), "");
  pass(Duration(1));
  EXPECT_EQ(ending(1), "expired:deadline");
  ASSERT_EQ(log_.cancelled.size(), 1u);
  pass(milliseconds(1));
  EXPECT_FALSE(result(1, 1)) << "too late";
  EXPECT_EQ(dispatcher().counters().late, 1u);
  EXPECT_EQ(view(1).late, 1u);
}

TEST_F(EndingTest, AnAnswerAtTheDeadlineIsInTimeAndOneAfterItIsNot) {
  join(1);
  submit(1);
  submit(2);
  now_ += milliseconds(100);
  EXPECT_TRUE(result(1, 1));
  EXPECT_EQ(ending(1), "result");
  EXPECT_EQ(ending(2), "expired:deadline");
  submit(3);
  now_ += milliseconds(101);  // no tick came in between
  EXPECT_FALSE(result(1, 3));
  EXPECT_EQ(ending(3), "expired:deadline");
}

TEST_F(EndingTest, ADeadlineInThePastEndsAtOnceUnsent) {
  join(1);
  submit(1, Duration{});
  EXPECT_EQ(ending(1), "expired:deadline");
  EXPECT_TRUE(log_.sent.empty());
}

TEST_F(EndingTest, WhatCannotMakeItIsNotSent) {
  join_known(1, milliseconds(40));
  submit(1, milliseconds(30));
  EXPECT_EQ(ending(1), "expired:deadline");
  EXPECT_TRUE(log_.sent.empty());
}

TEST_F(EndingTest, WaitingEndsWhenItCannotMakeItAnyMore) {
  join_known(1, milliseconds(40), 1);
  submit(1);
  submit(2, milliseconds(70));
  EXPECT_EQ(log_.sent.size(), 1u);
  pass(milliseconds(30));
  EXPECT_EQ(ending(2), "");
  pass(microseconds(1));
  EXPECT_EQ(ending(2), "expired:deadline") << "30 ms left are not enough for 40 ms";
  EXPECT_EQ(log_.sent.size(), 1u);
}

TEST_F(EndingTest, ADuplicateRequestIsRefusedAndTheFirstGoesOn) {
  join(1);
  submit(1);
  submit(1);
  EXPECT_EQ(ending(1), "nack:duplicate");
  EXPECT_EQ(log_.sent.size(), 1u);
  EXPECT_TRUE(result(1, 1));
  EXPECT_EQ(ending(1), "nack:duplicate+result");
}

TEST_F(EndingTest, StopEndsEverything) {
  join(1, 1);
  submit(1);
  submit(2);
  dispatcher().stop("stopping", now_);
  EXPECT_EQ(ending(1), "nack:stopping");
  EXPECT_EQ(ending(2), "nack:stopping");
  EXPECT_EQ(log_.cancelled.size(), 1u);
  EXPECT_EQ(dispatcher().counters().nacks, 2u);
}

TEST_F(EndingTest, TimeThatGoesBackwardIsNoTimePassed) {
  join(1);
  submit(1);
  now_ -= milliseconds(500);
  dispatcher().tick(now_);
  EXPECT_EQ(ending(1), "");
  EXPECT_TRUE(result(1, 1));
  submit(2, milliseconds(100));  // a deadline that is long past on the dispatcher's clock
  EXPECT_EQ(ending(2), "expired:deadline");
}

TEST_F(EndingTest, AJumpForwardEndsWhatIsOpenAndTheWorkersAreFoundAgain) {
  join(1);
  submit(1);
  now_ += seconds(3600);
  dispatcher().tick(now_);
  EXPECT_EQ(ending(1), "expired:deadline");
  pass(milliseconds(1));
  EXPECT_FALSE(view(1).suspect);
  submit(2);
  EXPECT_EQ(last_sent().id, 2u);
}

TEST_F(EndingTest, WithoutADeadlineItWaitsForTheAnswer) {
  join(1);
  Request request = make(1, {});
  request.deadline = kNever;
  dispatcher().submit(request, now_);
  pass(seconds(30));
  EXPECT_EQ(ending(1), "");
  EXPECT_TRUE(result(1, 1));
}

}  // namespace
}  // namespace weir
