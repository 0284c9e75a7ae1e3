// SPDX-License-Identifier: Apache-2.0
#include "transport/dispatch/work_queue.hpp"

#include <gtest/gtest.h>

#include <string>

namespace weir {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class WorkQueueTest : public testing::Test {
 protected:
  void start(const WorkQueueOptions& options) { queue_ = std::make_unique<WorkQueue>(options); }

  WorkItem make(DeviceId device, std::uint64_t id, Duration budget = seconds(10)) const {
    return {device, id, 1, id, 100, now_ + budget, now_};
  }
  std::string offer(const WorkItem& item) {
    const auto refusal = queue_->offer(item, now_);
    return refusal ? std::string(refusal->reason) : "";
  }
  /// Runs what is next and says what it was.
  std::string run(Duration time = {}) {
    const auto item = queue_->take(now_);
    if (!item) return "";
    now_ += time;
    queue_->done(*item, time, now_);
    return std::to_string(item->device) + "/" + std::to_string(item->id);
  }
  /// Teaches that service 1 takes this long.
  void teach(Duration time) {
    for (int i = 0; i < 4; ++i) {
      ASSERT_EQ(offer(make(99, 1'000'000 + taught_++)), "");
      run(time);
    }
  }

  std::unique_ptr<WorkQueue> queue_ = std::make_unique<WorkQueue>(WorkQueueOptions{});
  TimePoint now_{seconds(1)};
  std::uint64_t taught_ = 0;
};

TEST_F(WorkQueueTest, DevicesTakeTurnsAndTheNewestOfEachGoesFirst) {
  for (std::uint64_t id = 1; id <= 3; ++id) offer(make(1, id));
  for (std::uint64_t id = 1; id <= 2; ++id) offer(make(2, id));
  offer(make(7, 1));
  std::string order;
  while (!queue_->idle()) order += run() + " ";
  EXPECT_EQ(order, "1/3 2/2 7/1 1/2 2/1 1/1 ");
}

TEST_F(WorkQueueTest, RunsNoMoreThanParallel) {
  start({.parallel = 2});
  for (std::uint64_t id = 1; id <= 3; ++id) offer(make(1, id));
  const auto first = queue_->take(now_);
  ASSERT_TRUE(first && queue_->take(now_));
  EXPECT_FALSE(queue_->take(now_));
  queue_->done(*first, milliseconds(1), now_);
  EXPECT_TRUE(queue_->take(now_));
}

TEST_F(WorkQueueTest, ItemsAndBytesAreBounded) {
  start({.parallel = 1, .waiting = 2, .bytes = 1000});
  for (std::uint64_t id = 1; id <= 3; ++id) EXPECT_EQ(offer(make(1, id)), "");  // one of them can run
  EXPECT_EQ(offer(make(2, 9)), "busy");
  EXPECT_GT(queue_->offer(make(2, 9), now_)->retry_after, Duration{});
  ASSERT_TRUE(queue_->take(now_));
  EXPECT_EQ(offer(make(2, 9)), "busy") << "two wait, one runs";
  start({.parallel = 1, .waiting = 100, .bytes = 250});
  EXPECT_EQ(offer(make(1, 1)), "");
  EXPECT_EQ(offer(make(1, 2)), "");
  EXPECT_EQ(offer(make(1, 3)), "busy");
  EXPECT_EQ(run(), "1/2");
  EXPECT_EQ(offer(make(1, 3)), "");
}

TEST_F(WorkQueueTest, WhatCannotBeDoneInTimeIsRefused) {
  teach(milliseconds(20));
  EXPECT_EQ(offer(make(1, 1, milliseconds(19))), "expired");
  EXPECT_EQ(offer(make(1, 1, Duration{})), "expired");
  EXPECT_EQ(offer(make(1, 1, milliseconds(30))), "");
  EXPECT_EQ(offer(make(2, 1, milliseconds(30))), "busy") << "after the other device's there is no time left";
  EXPECT_EQ(offer(make(1, 2, milliseconds(30))), "") << "goes before the older one of its device";
}

TEST_F(WorkQueueTest, WhatBecameTooLateIsToldAndNotRun) {
  teach(milliseconds(20));
  offer(make(1, 1, milliseconds(30)));
  offer(make(1, 2, milliseconds(100)));
  now_ += milliseconds(15);
  const auto late = queue_->expired(now_);
  ASSERT_TRUE(late);
  EXPECT_EQ(late->id, 1u);
  EXPECT_FALSE(queue_->expired(now_));
  EXPECT_EQ(run(), "1/2");
}

TEST_F(WorkQueueTest, TakePassesOverWhatIsTooLate) {
  teach(milliseconds(20));
  offer(make(1, 2, milliseconds(25)));
  offer(make(1, 1, seconds(1)));
  now_ += milliseconds(15);
  EXPECT_EQ(run(), "1/1");
  EXPECT_TRUE(queue_->expired(now_));
}

TEST_F(WorkQueueTest, AnOldEstimateIsTriedAnew) {
  teach(milliseconds(200));
  EXPECT_EQ(offer(make(1, 1, milliseconds(100))), "expired");
  now_ += milliseconds(200);
  EXPECT_EQ(offer(make(1, 2, milliseconds(100))), "");
  EXPECT_EQ(offer(make(1, 3, milliseconds(100))), "expired") << "one at a time";
  EXPECT_EQ(run(milliseconds(5)), "1/2");
  EXPECT_LT(queue_->service_time(1), milliseconds(180));
}

TEST_F(WorkQueueTest, DuplicatesAreRefused) {
  EXPECT_EQ(offer(make(1, 1)), "");
  EXPECT_EQ(offer(make(1, 1)), "duplicate");
  EXPECT_EQ(offer(make(2, 1)), "") << "of another device";
  const auto item = queue_->take(now_);
  EXPECT_EQ(offer(make(item->device, item->id)), "duplicate") << "it runs";
  queue_->done(*item, milliseconds(1), now_);
  EXPECT_EQ(offer(make(item->device, item->id)), "");
}

TEST_F(WorkQueueTest, CancelTakesOutWhatWaits) {
  offer(make(1, 1));
  offer(make(1, 2));
  ASSERT_EQ(queue_->take(now_)->id, 2u);
  EXPECT_FALSE(queue_->cancel(1, 2)) << "it runs";
  EXPECT_FALSE(queue_->cancel(2, 1)) << "unknown";
  EXPECT_TRUE(queue_->cancel(1, 1));
  EXPECT_EQ(queue_->waiting(), 0u);
}

TEST_F(WorkQueueTest, ADeviceThatIsGoneIsForgotten) {
  start({.parallel = 1, .waiting = 10, .bytes = 300});
  for (std::uint64_t id = 1; id <= 2; ++id) offer(make(1, id));
  offer(make(2, 1));
  queue_->forget(1);
  EXPECT_EQ(queue_->waiting(), 1u);
  EXPECT_EQ(offer(make(3, 1)), "") << "its bytes are free";
  EXPECT_EQ(run(), "2/1");
}

TEST_F(WorkQueueTest, DrainingFinishesWhatIsThere) {
  offer(make(1, 1));
  queue_->drain();
  EXPECT_EQ(offer(make(1, 2)), "draining");
  EXPECT_FALSE(queue_->idle());
  EXPECT_EQ(run(), "1/1");
  EXPECT_TRUE(queue_->idle());
}

TEST_F(WorkQueueTest, LearnsServiceTimes) {
  EXPECT_EQ(queue_->service_time(1), Duration{});
  teach(milliseconds(20));
  EXPECT_EQ(queue_->service_time(1), milliseconds(20));
}

TEST_F(WorkQueueTest, TimeThatGoesBackwardIsNoTimePassed) {
  offer(make(1, 1, milliseconds(10)));
  now_ += milliseconds(20);
  EXPECT_TRUE(queue_->expired(now_));
  now_ -= seconds(1);
  EXPECT_EQ(offer(make(1, 2, milliseconds(10))), "expired") << "its deadline has passed on the queue's clock";
}

}  // namespace
}  // namespace weir
