// SPDX-License-Identifier: Apache-2.0
// The situations that benchmarks measure on real links, here in virtual time.
#include <gtest/gtest.h>

#include "tests/transport/dispatch/simulated_device.hpp"

namespace weir {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

class ScenarioTest : public testing::Test {
 protected:
  SimulatedWorker& add(const WorkerTraits& traits, const WayTraits& way = {microseconds(50), microseconds(20)}) {
    workers_.push_back(std::make_unique<SimulatedWorker>(events_, 1 + workers_.size(), traits));
    device_.connect(*workers_.back(), static_cast<PeerId>(workers_.size()), way);
    return *workers_.back();
  }

  void load(Duration from, Duration to, Duration period, Duration budget, std::size_t bytes) {
    for (Duration when = from; when < to; when += period) {
      events_.at(TimePoint(when), [this, budget, bytes] {
        Request request;
        request.service = 1;
        request.bytes = bytes;
        request.deadline = events_.now() + budget;
        device_.submit(request);
      });
    }
  }

  void at(Duration when, std::function<void()> event) { events_.at(TimePoint(when), std::move(event)); }

  void run(Duration until) {
    events_.run_until(TimePoint(until));
    device_.check_all_ended();
    EXPECT_TRUE(violations_.empty()) << violations_.text();
  }

  std::size_t results(Duration from = {}, Duration to = seconds(1000)) const {
    std::size_t count = 0;
    for (const Outcome& outcome : device_.outcomes()) {
      const Duration when = outcome.submitted.time_since_epoch();
      count += when >= from && when < to && outcome.ending == Ending::result ? 1 : 0;
    }
    return count;
  }
  Duration first_result_after(Duration when) const {
    Duration first = Duration::max();
    for (const Outcome& outcome : device_.outcomes()) {
      const Duration ended = outcome.ended.time_since_epoch();
      if (outcome.ending == Ending::result && ended >= when) first = std::min(first, ended - when);
    }
    return first;
  }

  EventQueue events_;
  Violations violations_;
  SimulatedDevice device_{events_, 7, DispatchOptions{}, violations_};
  std::vector<std::unique_ptr<SimulatedWorker>> workers_;
};

TEST_F(ScenarioTest, OneOfThreeWorkersIsTenTimesSlowerAndOneStops) {
  add({});
  add({.service = milliseconds(100)});
  SimulatedWorker& stopped = add({});
  load(milliseconds(100), seconds(10), milliseconds(17), milliseconds(100), 64 << 10);
  at(seconds(5), [&] { stopped.stop(); });
  run(seconds(11));
  const std::size_t all = device_.outcomes().size();
  EXPECT_EQ(results(), all) << "there was time enough for every request";
  EXPECT_LE(device_.dispatcher().counters().late * 200, all);
  EXPECT_LE(device_.sent_to(2) * 50, all) << "the slow worker";
  ASSERT_NE(device_.suspected(3), kNever);
  // An attempt takes at most half of the 100 ms.
  EXPECT_LE(device_.suspected(3) - TimePoint(seconds(5)), milliseconds(50 + 100));
}

TEST_F(ScenarioTest, AStoppedWorkerTakesPartAgainWhenItGoesOn) {
  add({});
  SimulatedWorker& stopped = add({});
  load(milliseconds(100), seconds(4), milliseconds(17), milliseconds(100), 64 << 10);
  std::uint64_t before = 0;
  at(seconds(1), [&] { stopped.stop(); });
  at(seconds(3), [&] {
    before = stopped.ran();
    stopped.resume();
  });
  run(seconds(5));
  EXPECT_EQ(results(), device_.outcomes().size());
  EXPECT_GE(stopped.ran(), before + 10);
}

TEST_F(ScenarioTest, AKilledWorkerIsReplacedAtOnce) {
  add({});
  add({});
  SimulatedWorker& killed = add({});
  load(milliseconds(100), seconds(4), milliseconds(7), milliseconds(100), 64 << 10);
  at(milliseconds(2005), [&] { killed.kill(); });
  run(seconds(5));
  EXPECT_EQ(results(), device_.outcomes().size());
  EXPECT_GE(device_.dispatcher().counters().redispatched, 1u);
  EXPECT_LE(device_.dispatcher().counters().redispatched, 4u);
}

TEST_F(ScenarioTest, TheOnlyWorkersLinkIsDeadForHalfAMinute) {
  const WayTraits way{milliseconds(20), milliseconds(1), 1.25e6, std::size_t{1} << 20};  // 10 Mbit/s, 40 ms
  add({.service = milliseconds(5)}, way);
  load(milliseconds(200), seconds(45), milliseconds(25), milliseconds(250), 64 << 10);  // 21 Mbit/s
  at(seconds(10), [&] {
    device_.connections()[0]->there.stall();
    device_.connections()[0]->back.stall();
  });
  at(seconds(40), [&] {
    device_.connections()[0]->there.resume();
    device_.connections()[0]->back.resume();
  });
  run(seconds(46));
  EXPECT_EQ(results(seconds(11), milliseconds(39'700)), 0u);
  EXPECT_LE(first_result_after(seconds(40)), seconds(1));
  // The link carries 19 requests a second.
  EXPECT_GE(results(seconds(2), seconds(9)), 7 * 15u);
  EXPECT_GE(results(seconds(42), seconds(45)), 3 * 15u);
}

TEST_F(ScenarioTest, TheOnlyWorkerIsLostAndComesBack) {
  const WayTraits way{milliseconds(20), milliseconds(1), 1.25e6, std::size_t{1} << 20};
  SimulatedWorker& worker = add({.service = milliseconds(5)}, way);
  load(milliseconds(200), seconds(10), milliseconds(25), milliseconds(250), 64 << 10);
  at(seconds(3), [&] { device_.disconnect(*device_.connections()[0]); });
  at(seconds(6), [&] { device_.connect(worker, 2, way); });
  run(seconds(11));
  EXPECT_LE(first_result_after(seconds(6)), milliseconds(500));
  for (const Outcome& outcome : device_.outcomes()) {
    const Duration when = outcome.submitted.time_since_epoch();
    if (when < milliseconds(3001) || when > seconds(6)) continue;
    EXPECT_EQ(outcome.reason, "no_worker");
    EXPECT_EQ(outcome.ended, outcome.submitted) << "at once";
  }
}

TEST_F(ScenarioTest, ARateDropIsFollowedDownAndUp) {
  const WayTraits way{milliseconds(10), milliseconds(1), 2.5e6, std::size_t{1} << 20};  // 20 Mbit/s
  add({.service = milliseconds(5)}, way);
  load(milliseconds(200), seconds(12), milliseconds(33), milliseconds(150), 32 << 10);  // 131 ms each at 2 Mbit/s
  at(seconds(4), [&] { device_.connections()[0]->there.set_rate(0.25e6); });
  at(seconds(8), [&] { device_.connections()[0]->there.set_rate(2.5e6); });
  run(seconds(13));
  EXPECT_GE(results(milliseconds(500), milliseconds(3500)), 3000 / 33 - 1u);
  EXPECT_LE(first_result_after(seconds(8)), seconds(1));
  EXPECT_GE(results(seconds(10), seconds(12)), 2000 / 33 - 1u);
}

TEST_F(ScenarioTest, AllWorkersStopAndGoOn) {
  for (int i = 0; i < 3; ++i) add({});
  load(milliseconds(100), seconds(6), milliseconds(17), milliseconds(100), 64 << 10);
  at(seconds(2), [&] {
    for (auto& worker : workers_) worker->stop();
  });
  at(seconds(4), [&] {
    for (auto& worker : workers_) worker->resume();
  });
  run(seconds(7));
  EXPECT_LE(first_result_after(milliseconds(4001)), milliseconds(100));
  const std::size_t after = results(milliseconds(4100), seconds(6));
  EXPECT_GE(after, 1900 / 17u);
}

TEST_F(ScenarioTest, OverloadServesTheNewestAndEndsTheRestInTime) {
  add({.service = milliseconds(10), .spread = 0.1});
  load(milliseconds(100), seconds(5), milliseconds(4), milliseconds(100), 64 << 10);  // 250 a second, 100 can be done
  run(seconds(6));
  EXPECT_GE(results(seconds(1), seconds(4)), 3 * 90u);
  std::vector<Duration> ages;
  for (const Outcome& outcome : device_.outcomes()) {
    if (outcome.ending == Ending::result) ages.push_back(outcome.ended - outcome.submitted);
  }
  std::sort(ages.begin(), ages.end());
  EXPECT_LE(ages[ages.size() * 9 / 10], milliseconds(40)) << "most of what is served is fresh";
}

}  // namespace
}  // namespace weir
