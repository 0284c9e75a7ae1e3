// SPDX-License-Identifier: Apache-2.0
// Which worker gets a request.
#include "tests/transport/dispatch/dispatch_fixture.hpp"

namespace weir {
namespace {

using ChoiceTest = DispatchTest;

TEST_F(ChoiceTest, TheFasterWorkerIsChosen) {
  join_known(1, milliseconds(20));
  join_known(2, milliseconds(30));
  submit(1, milliseconds(200));
  ASSERT_EQ(last_sent().worker, 1u);
  submit(2, milliseconds(200));
  ASSERT_EQ(last_sent().worker, 2u) << "the first is at work";
}

TEST_F(ChoiceTest, WorkIsSpreadOverEqualWorkers) {
  join(1, 4);
  join(2, 4);
  join(3, 4);
  for (RequestId id = 1; id <= 6; ++id) submit(id, seconds(1));
  int counts[4] = {};
  for (const auto& sent : log_.sent) ++counts[sent.worker];
  EXPECT_EQ(counts[1], 2);
  EXPECT_EQ(counts[2], 2);
  EXPECT_EQ(counts[3], 2);
}

TEST_F(ChoiceTest, WorkersThatAreAboutAsFastTakeTurns) {
  join_known(1, milliseconds(28));
  join_known(2, milliseconds(30));
  for (RequestId id = 1; id <= 4; ++id) {
    submit(id, seconds(1));
    EXPECT_EQ(last_sent().worker, id % 2 == 1 ? 1u : 2u);
    pass(milliseconds(29));
    result(last_sent().worker, id, milliseconds(29));
  }
}

TEST_F(ChoiceTest, AWorkerThatWorksOnSeveralAtATimeGetsThem) {
  PeerFacts facts;
  facts.name = "w1";
  facts.messages = facts.parallel = 4;
  facts.services = {1};
  dispatcher().peer_up(1, facts, now_);
  join(2, 4);
  for (RequestId id = 1; id <= 6; ++id) submit(id, seconds(1));
  const auto first = std::count_if(log_.sent.begin(), log_.sent.end(), [](const auto& one) { return one.worker == 1; });
  EXPECT_GE(first, 3);
}

TEST_F(ChoiceTest, ATenTimesSlowerWorkerIsNotUsedWhileTheFastOneWillDo) {
  join_known(1, milliseconds(5), 1);
  join_known(2, milliseconds(30), 1);
  submit(1, milliseconds(400));
  submit(2, milliseconds(400));
  ASSERT_EQ(last_sent().worker, 1u) << "waiting for the fast one is quicker";
  now_ += milliseconds(5);
  result(1, 1);
  EXPECT_EQ(last_sent().id, 2u);
  EXPECT_EQ(last_sent().worker, 1u);
}

TEST_F(ChoiceTest, ANewWorkerIsTriedWhenThereIsTimeToAskAnotherOneAfterIt) {
  join_known(1, milliseconds(5));
  join(2);
  submit(1, milliseconds(50));
  EXPECT_EQ(last_sent().worker, 1u) << "30 ms are more than half";
  submit(2, milliseconds(100));
  EXPECT_EQ(last_sent().worker, 2u);
  submit(3, milliseconds(100));
  EXPECT_EQ(last_sent().worker, 1u) << "one is enough to know";
}

TEST_F(ChoiceTest, WhenTooManyWaitForTheFastOneTheSlowOneHelps) {
  join_known(1, milliseconds(5), 1);
  join_known(2, milliseconds(30), 1);
  for (RequestId id = 1; id <= 12; ++id) submit(id, milliseconds(400));
  EXPECT_EQ(std::count_if(log_.sent.begin(), log_.sent.end(), [](const auto& one) { return one.worker == 2; }), 1);
}

TEST_F(ChoiceTest, TheBudgetOfAWorkerIsWithoutTheWay) {
  DispatchOptions options;
  options.heartbeat = seconds(10);
  start(options);
  PeerFacts facts;
  facts.name = "w1";
  facts.services = {1};
  dispatcher().peer_up(1, facts, now_);
  ASSERT_EQ(log_.pings.size(), 1u);
  now_ += milliseconds(40);
  dispatcher().pong(1, log_.pings[0].second, now_);
  EXPECT_EQ(view(1).round_trip, milliseconds(40));
  submit(1);
  EXPECT_EQ(last_sent().budget, milliseconds(60));
}

TEST_F(ChoiceTest, TheRateOfALinkIsLearnedAndWhatItCannotMoveInTimeIsNotSent) {
  DispatchOptions options;
  options.heartbeat = seconds(10);
  start(options);
  PeerFacts facts;
  facts.name = "w1";
  facts.services = {1};
  dispatcher().peer_up(1, facts, now_);
  now_ += milliseconds(2);
  dispatcher().pong(1, log_.pings[0].second, now_);
  for (RequestId id = 1; id <= 10; ++id) {  // 80 ms for 100 kB: 10 Mbit/s
    submit(id, seconds(1), 100'000);
    now_ += milliseconds(87);
    ASSERT_TRUE(result(1, id, milliseconds(5)));
  }
  submit(11, milliseconds(80), 100'000);
  EXPECT_EQ(ending(11), "expired:deadline");
  submit(12, milliseconds(80), 50'000);
  ASSERT_EQ(last_sent().id, 12u);
  EXPECT_NEAR(static_cast<double>(last_sent().budget.count()), 38e6, 1e6);
}

TEST_F(ChoiceTest, AnEstimateThatIsTooHighIsCorrected) {
  join_known(1, milliseconds(200));
  submit(1);
  EXPECT_EQ(ending(1), "expired:deadline") << "100 ms are not enough";
  pass(milliseconds(200));
  submit(2);
  ASSERT_EQ(log_.sent.size(), 1u) << "but this may have changed";
  submit(3);
  EXPECT_EQ(log_.sent.size(), 1u) << "one is enough to know";
  for (RequestId id = 2; id < 20 && view(1).service > milliseconds(100); ++id) {
    pass(milliseconds(5));
    EXPECT_TRUE(result(1, id));
    pass(milliseconds(200));
    submit(id + 1);
    ASSERT_EQ(last_sent().id, id + 1);
  }
  EXPECT_LE(view(1).service, milliseconds(100));
}

}  // namespace
}  // namespace weir
