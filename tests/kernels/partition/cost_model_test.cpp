// SPDX-License-Identifier: Apache-2.0
#include "kernels/partition/cost_model.hpp"

#include <gtest/gtest.h>

#include <array>

namespace weir {
namespace {

TEST(WorkMeter, CountsBytesOfPixelsAndPaddedPixels) {
  CostModel cost;
  cost.link_mbit_s = 8;  // 1 byte per us
  cost.bytes_per_pixel = 0.5;
  cost.overhead_bytes = 100;
  cost.stride = 32;
  const WorkMeter meter(cost);
  const PartWork exact = meter.measure(64, 32);
  EXPECT_FLOAT_EQ(exact.upload_ms, 1e-3F * (64 * 32 / 2 + 100));
  EXPECT_FLOAT_EQ(exact.megapixels, 1e-6F * 64 * 32);
  EXPECT_FLOAT_EQ(meter.measure(65, 33).megapixels, 1e-6F * 96 * 64);
  EXPECT_FLOAT_EQ(meter.measure(128, 64, 0.5F).megapixels, 1e-6F * 64 * 32);
  EXPECT_FLOAT_EQ(meter.measure(1242, 375).megapixels, 1e-6F * 1248 * 384);
}

TEST(FinishEstimate, SharesTheUplinkAndGivesPartsToWhoIsFirst) {
  CostModel cost;
  cost.workers = {{1, 100, 0}, {1, 1000, 0}};
  FinishEstimate estimate;
  estimate.prepare(cost);
  // Both go to the fast worker: 2 + 1 + 10 = 13, then 13 + 1 + 10 = 24; the slow one would need 4 + 1 + 100.
  const std::array<PartWork, 2> parts{{{2, 0.1F}, {2, 0.1F}}};
  std::array<float, 2> finishes{};
  EXPECT_FLOAT_EQ(estimate.run(parts, finishes), 24);
  EXPECT_FLOAT_EQ(finishes[0], 13);
  EXPECT_FLOAT_EQ(finishes[1], 24);

  cost.workers[1] = cost.workers[0];
  estimate.prepare(cost);
  EXPECT_FLOAT_EQ(estimate.run(parts, finishes), 15) << "the second part waits for the uplink alone";
  cost.workers[0].queue_ms = 50;
  estimate.prepare(cost);
  EXPECT_FLOAT_EQ(estimate.run(std::span(parts).first(1)), 13) << "the busy worker is passed over";
  EXPECT_EQ(estimate.run({}), 0);
}

}  // namespace
}  // namespace weir
