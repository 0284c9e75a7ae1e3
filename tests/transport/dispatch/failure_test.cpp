// SPDX-License-Identifier: Apache-2.0
// Workers that stop, die, refuse, or answer late.
#include "tests/transport/dispatch/dispatch_fixture.hpp"

namespace weir {
namespace {

using FailureTest = DispatchTest;

TEST_F(FailureTest, AStoppedWorkerIsSuspectAfterTheAttemptTimeOutAndItsRequestGoesElsewhere) {
  join_known(1, milliseconds(5));
  join_known(2, milliseconds(30));
  silent_ = {1};
  submit(1);
  ASSERT_EQ(last_sent().worker, 1u);
  pass(milliseconds(10) - Duration(1));  // 2 x 5 ms
  EXPECT_FALSE(view(1).suspect);
  EXPECT_EQ(log_.sent.size(), 1u);
  pass(Duration(1));
  EXPECT_TRUE(view(1).suspect);
  EXPECT_EQ(last_sent().worker, 2u);
  EXPECT_EQ(last_sent().attempt, 1);
  EXPECT_EQ(log_.cancelled, (std::vector<std::pair<PeerId, RequestId>>{{1, 1}}));
  EXPECT_TRUE(result(2, 1));
  EXPECT_EQ(log_.finished.back().attempts, 2);
  EXPECT_EQ(dispatcher().counters().redispatched, 1u);
}

TEST_F(FailureTest, AnAttemptTakesAtMostHalfTheBudgetWhileAnotherWorkerIsThere) {
  join_known(1, milliseconds(20));
  join_known(2, milliseconds(30));
  submit(1, milliseconds(60));
  pass(milliseconds(30) - Duration(1));
  ASSERT_EQ(last_sent().worker, 1u);
  pass(Duration(1));  // not 2 x 20 ms
  EXPECT_EQ(last_sent().worker, 2u);
}

TEST_F(FailureTest, ASuspectWorkerGetsNothingUntilItIsHeard) {
  join_known(1, milliseconds(5));
  join_known(2, milliseconds(30));
  silent_ = {1};
  submit(1);
  pass(milliseconds(10));
  result(2, 1, milliseconds(20));
  submit(2);
  EXPECT_EQ(last_sent().worker, 2u);
  result(2, 2, milliseconds(20));
  dispatcher().heard(1, now_);
  EXPECT_FALSE(view(1).suspect);
  submit(3);
  EXPECT_EQ(last_sent().worker, 1u);
}

TEST_F(FailureTest, ASuspectWorkerIsPingedAtOnceAndThenEverySuspectRetry) {
  join_known(1, milliseconds(5));
  silent_ = {1};
  submit(1);
  pass(milliseconds(10));
  ASSERT_TRUE(view(1).suspect);
  for (int i = 0; i < 3; ++i) {
    now_ += milliseconds(200) - Duration(1);
    dispatcher().tick(now_);
    EXPECT_TRUE(log_.pings.empty());
    now_ += Duration(1);
    dispatcher().tick(now_);
    EXPECT_EQ(log_.pings.size(), 1u);
    log_.pings.clear();
  }
}

TEST_F(FailureTest, ASilentIdleWorkerIsSuspectAfterThreeHeartbeats) {
  join(1);
  silent_ = {1};
  pass(milliseconds(399));
  EXPECT_FALSE(view(1).suspect);
  pass(milliseconds(1));
  EXPECT_TRUE(view(1).suspect);
}

TEST_F(FailureTest, WhatASilentWorkerHasGoesElsewhereAtOnce) {
  start({.first_service = milliseconds(900)});
  join_known(1, milliseconds(400));
  join_known(2, milliseconds(900));
  silent_ = {1};
  submit(1, seconds(10));
  pass(milliseconds(400) - Duration(1));
  ASSERT_EQ(last_sent().worker, 1u);
  pass(Duration(1));  // not 2 x 400 ms
  EXPECT_EQ(last_sent().worker, 2u);
}

TEST_F(FailureTest, WithAllWorkersSuspectTheBestIsStillTried) {
  join_known(1, milliseconds(5), 4);
  silent_ = {1};
  submit(1, milliseconds(50));
  pass(milliseconds(60));
  ASSERT_TRUE(view(1).suspect);
  submit(2);
  submit(3);
  EXPECT_EQ(log_.sent.size(), 1u) << "not before suspect_retry";
  pass(milliseconds(100));
  EXPECT_EQ(ending(2), "expired:deadline");
  pass(milliseconds(55));
  submit(4);
  submit(5);
  ASSERT_EQ(log_.sent.size(), 2u) << "one request asks whether it is back";
  EXPECT_EQ(last_sent().id, 4u);
  EXPECT_TRUE(result(1, 4));
  EXPECT_EQ(last_sent().id, 5u) << "it is";
}

TEST_F(FailureTest, TheLateAnswerOfTheFirstAttemptCountsIfItIsTheFirstAnswer) {
  join_known(1, milliseconds(5));
  join_known(2, milliseconds(30));
  silent_ = {1};
  submit(1);
  pass(milliseconds(12));
  ASSERT_EQ(last_sent().worker, 2u);
  EXPECT_TRUE(result(1, 1));
  EXPECT_EQ(log_.cancelled.back(), (std::pair<PeerId, RequestId>{2, 1}));
  EXPECT_FALSE(result(2, 1));
  EXPECT_EQ(ending(1), "result");
  EXPECT_EQ(dispatcher().counters().late, 1u);
}

TEST_F(FailureTest, WithNobodyElseTheOverdueAttemptMayStillBeAnswered) {
  join_known(1, milliseconds(5));
  submit(1);
  pass(milliseconds(50));
  EXPECT_TRUE(log_.cancelled.empty());
  EXPECT_TRUE(result(1, 1));
  EXPECT_EQ(ending(1), "result");
}

TEST_F(FailureTest, AWorkerThatOwesAnAnswerIsNotWaitedFor) {
  join_known(1, milliseconds(5), 1);
  join_known(2, milliseconds(30), 1);
  submit(1);
  pass(milliseconds(12));
  ASSERT_EQ(last_sent().worker, 2u);
  EXPECT_TRUE(result(2, 1, milliseconds(30)));
  EXPECT_FALSE(view(1).suspect) << "it answers pings";
  submit(2);
  EXPECT_EQ(last_sent().id, 2u);
  EXPECT_EQ(last_sent().worker, 2u);
}

TEST_F(FailureTest, ALateAnswerTeaches) {
  join_known(1, milliseconds(5));
  const Duration before = view(1).service;
  submit(1, milliseconds(20));
  pass(milliseconds(80));
  ASSERT_EQ(ending(1), "expired:attempt_timeout");
  const Duration between = view(1).service;
  EXPECT_GT(between, before);
  EXPECT_FALSE(result(1, 1, milliseconds(80)));
  EXPECT_GT(view(1).service, between);
}

TEST_F(FailureTest, TheRequestsOfALostWorkerGoElsewhereAtOnce) {
  join_known(1, milliseconds(5));
  join_known(2, milliseconds(30));
  submit(1);
  ASSERT_EQ(last_sent().worker, 1u);
  dispatcher().peer_down(1, now_);
  EXPECT_EQ(last_sent().worker, 2u);
  EXPECT_TRUE(log_.cancelled.empty()) << "there is nobody to tell";
  EXPECT_TRUE(result(2, 1));
}

TEST_F(FailureTest, WhenTheLastWorkerIsLostItsRequestsEnd) {
  join(1, 1);
  submit(1);
  submit(2);
  dispatcher().peer_down(1, now_);
  EXPECT_EQ(ending(1), "nack:worker_lost");
  EXPECT_EQ(ending(2), "nack:no_worker");
}

TEST_F(FailureTest, ARequestThatLostAllItsAttemptsEnds) {
  join(1);
  join(2);
  join(3);
  submit(1);
  dispatcher().peer_down(last_sent().worker, now_);
  dispatcher().peer_down(last_sent().worker, now_);
  EXPECT_EQ(ending(1), "nack:worker_lost");
  EXPECT_EQ(log_.sent.size(), 2u);
}

TEST_F(FailureTest, AnAnswerFromALostWorkerIsDropped) {
  join(1);
  submit(1);
  dispatcher().peer_down(1, now_);
  EXPECT_FALSE(result(1, 1));
  EXPECT_EQ(dispatcher().counters().late, 1u);
}

TEST_F(FailureTest, AWorkerThatJoinsAgainHasANewLife) {
  join(1, 1);
  submit(1);
  join(1, 1);
  ASSERT_EQ(log_.sent.size(), 2u) << "its credit is whole";
  EXPECT_EQ(last_sent().attempt, 1);
  EXPECT_TRUE(result(1, 1));
}

TEST_F(FailureTest, BusyIsLeftAloneForAsLongAsItSays) {
  join_known(1, milliseconds(5));
  submit(1);
  nack(1, 1, "busy", milliseconds(20));
  EXPECT_EQ(ending(1), "") << "there is time to try again";
  pass(milliseconds(20) - Duration(1));
  EXPECT_EQ(log_.sent.size(), 1u);
  pass(Duration(1));
  EXPECT_EQ(log_.sent.size(), 2u);
  EXPECT_TRUE(result(1, 1));
}

TEST_F(FailureTest, BusyGoesElsewhere) {
  join_known(1, milliseconds(5));
  join_known(2, milliseconds(30));
  submit(1);
  nack(1, 1, "busy", milliseconds(40));
  EXPECT_EQ(last_sent().worker, 2u);
}

TEST_F(FailureTest, BusyForTooLongEndsTheRequest) {
  join_known(1, milliseconds(5));
  submit(1);
  nack(1, 1, "busy", milliseconds(200));
  EXPECT_EQ(ending(1), "nack:busy");
}

TEST_F(FailureTest, ARequestIsNotSentForEver) {
  join_known(1, milliseconds(5));
  submit(1, seconds(100));
  for (int i = 0; i < 20 && ending(1).empty(); ++i) {
    nack(1, 1, "busy", milliseconds(1));
    pass(milliseconds(1));
  }
  EXPECT_EQ(ending(1), "nack:busy");
  EXPECT_EQ(log_.sent.size(), 8u);
}

TEST_F(FailureTest, ExpiredAtAWorkerIsTriedElsewhereOrEnds) {
  join_known(1, milliseconds(5));
  join_known(2, milliseconds(30));
  submit(1);
  nack(1, 1, "expired");
  EXPECT_EQ(last_sent().worker, 2u);
  nack(2, 1, "expired");
  EXPECT_EQ(ending(1), "expired:expired");
}

TEST_F(FailureTest, AWorkerThatCannotServeIsNotAskedAgain) {
  for (const char* reason : {"unknown_service", "fingerprint"}) {
    join(1);
    const RequestId id = log_.sent.size() + 1;
    submit(id);
    nack(1, id, reason);
    EXPECT_EQ(ending(id), std::string("nack:") + reason);
    submit(id + 100);
    EXPECT_EQ(ending(id + 100), "nack:no_worker");
  }
}

TEST_F(FailureTest, AWorkerThatRefusesBecauseItDrainsIsNotAskedAgain) {
  join_known(1, milliseconds(5));
  join_known(2, milliseconds(30));
  submit(1);
  nack(1, 1, "draining");
  EXPECT_EQ(last_sent().worker, 2u);
  EXPECT_TRUE(view(1).draining);
}

TEST_F(FailureTest, AFailureIsTriedOnceElsewhereAndThenTold) {
  join(1);
  join(2);
  submit(1);
  nack(last_sent().worker, 1, "failed");
  ASSERT_EQ(log_.sent.size(), 2u);
  EXPECT_NE(log_.sent[0].worker, log_.sent[1].worker);
  nack(last_sent().worker, 1, "failed");
  EXPECT_EQ(ending(1), "nack:failed");
}

}  // namespace
}  // namespace weir
