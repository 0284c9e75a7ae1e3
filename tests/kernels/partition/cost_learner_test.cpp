// SPDX-License-Identifier: Apache-2.0
#include "kernels/partition/cost_learner.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "kernels/base/random.hpp"

namespace weir {
namespace {

CostModel start(std::size_t workers) {
  CostModel cost;
  cost.workers.assign(workers, WorkerCost{});
  return cost;
}

/// Workers and a link that behave as told, give or take a tenth.
class World {
 public:
  std::vector<WorkerCost> workers;
  double link_ms_per_byte = 8e-3 / 20, way_ms = 4, bytes_per_pixel = 0.3;

  void frame(CostLearner& learner) {
    learner.begin_frame();
    double sent = 0;
    for (std::size_t i = 0; i < workers.size(); ++i) {
      const double width = 32 * (1 + static_cast<double>(random_.below(15))), height = 160;
      const double bytes = width * height * bytes_per_pixel;
      sent += bytes;
      const double service = noise() * (workers[i].fixed_ms + workers[i].ms_per_megapixel * 1e-6 * width * height);
      learner.add({static_cast<std::int32_t>(i), true, bytes, width * height, width, height, service,
                   service + way_ms + noise() * sent * link_ms_per_byte});
    }
    learner.end_frame();
  }

 private:
  double noise() { return 1 + 0.1 * random_.normal(); }
  Random random_{7};
};

TEST(CostLearner, FindsWorkersAndLink) {
  World world;
  world.workers = {{2, 50, 0}, {5, 500, 0}};
  CostLearner learner(start(2));
  for (int i = 0; i < 200; ++i) world.frame(learner);
  const CostModel& model = learner.model();
  ASSERT_EQ(model.workers.size(), 2U);
  EXPECT_NEAR(model.workers[0].ms_per_megapixel, 50, 12);
  EXPECT_NEAR(model.workers[1].ms_per_megapixel, 500, 120);
  EXPECT_NEAR(model.link_mbit_s, 20, 4);
  EXPECT_NEAR(model.bytes_per_pixel, 0.3, 0.01);
}

TEST(CostLearner, FollowsAWorkerThatBecomesSlow) {
  World world;
  world.workers = {{2, 50, 0}, {2, 50, 0}};
  CostLearner learner(start(2));
  for (int i = 0; i < 100; ++i) world.frame(learner);
  world.workers[1].ms_per_megapixel = 500;
  for (int i = 0; i < 60; ++i) world.frame(learner);
  EXPECT_GT(learner.model().workers[1].ms_per_megapixel, 300);
  EXPECT_LT(learner.model().workers[0].ms_per_megapixel, 80);
}

TEST(CostLearner, OneOutlierIsNoTrend) {
  World world;
  world.workers = {{2, 50, 0}};
  CostLearner learner(start(1));
  for (int i = 0; i < 100; ++i) world.frame(learner);
  const double before = learner.model().workers[0].ms_per_megapixel;
  learner.begin_frame();
  learner.add({0, true, 15360, 51200, 320, 160, 900, 920});
  learner.end_frame();
  EXPECT_NEAR(learner.model().workers[0].ms_per_megapixel, before, 25);
  EXPECT_LT(learner.model().workers[0].fixed_ms, 15);
}

TEST(CostLearner, AFailureKeepsAWorkerBusyForAWhile) {
  World world;
  world.workers = {{2, 50, 0}, {2, 50, 0}};
  CostLearner learner(start(2));
  for (int i = 0; i < 50; ++i) world.frame(learner);
  learner.begin_frame();
  learner.add({1, false, 1000, 1000, 50, 20, 0, 100});
  learner.end_frame();
  EXPECT_GE(learner.model().workers[1].queue_ms, 100);
  for (int i = 0; i < 50; ++i) {
    learner.begin_frame();
    learner.end_frame();
  }
  EXPECT_LT(learner.model().workers[1].queue_ms, 1) << "it is tried again";
}

TEST(CostLearner, WorkersNotHeardOfAreLikeTheOthers) {
  World world;
  world.workers = {{2, 500, 0}};
  CostLearner learner(start(3));
  EXPECT_EQ(learner.model().workers.size(), 3U);
  for (int i = 0; i < 100; ++i) world.frame(learner);
  ASSERT_EQ(learner.model().workers.size(), 3U);
  EXPECT_NEAR(learner.model().workers[2].ms_per_megapixel, 500, 120);
}

TEST(CostLearner, ThisProcessIsOneWorker) {
  CostLearner learner(start(3));
  learner.begin_frame();
  learner.add({-1, true, 0, 1e5, 500, 200, 10, 10});
  learner.end_frame();
  EXPECT_EQ(learner.model().workers.size(), 1U);
}

TEST(CostLearner, NonsenseIsIgnored) {
  CostLearner learner(start(2));
  learner.begin_frame();
  learner.add({0, true, 1000, 1000, 50, 20, std::nan(""), 10});
  learner.add({0, true, -1, 1000, 50, 20, 1, 10});
  learner.add({1000000, true, 1000, 1000, 50, 20, 1, 10});
  learner.end_frame();
  EXPECT_EQ(learner.model().workers.size(), 2U);
  EXPECT_EQ(learner.model().workers[0].ms_per_megapixel, WorkerCost{}.ms_per_megapixel);
}

TEST(FadingLine, PointsAtOnePlaceKeepTheSlope) {
  FadingLine line(1, 10, 1);
  for (int i = 0; i < 400; ++i) line.add(0.5, 20);
  EXPECT_NEAR(line.fixed() + 0.5 * line.slope(), 20, 0.1);
  EXPECT_GE(line.slope(), 0);
}

}  // namespace
}  // namespace weir
