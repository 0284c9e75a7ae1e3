// SPDX-License-Identifier: Apache-2.0
#include "transport/dispatch/liveness.hpp"

#include <gtest/gtest.h>

namespace weir {
namespace {

using std::chrono::milliseconds;

TimePoint at(int ms) { return TimePoint(milliseconds(ms)); }

TEST(Liveness, TheBurstAfterASilenceTellsNoRoundTripButTheLast) {
  Liveness worker(at(0));
  worker.suspect(at(0));
  for (int i = 1; i <= 6; ++i) worker.pinged(static_cast<std::uint64_t>(i), at(200 * i));
  EXPECT_FALSE(worker.pong(1, at(1210))) << "not remembered";
  EXPECT_FALSE(worker.pong(5, at(1210)));
  EXPECT_EQ(worker.pong(6, at(1210)), milliseconds(10));
}

TEST(Liveness, ALongRoundTripIsKnownAlthoughNewerPingsAreOnTheirWay) {
  Liveness worker(at(0));
  for (int i = 1; i <= 3; ++i) worker.pinged(static_cast<std::uint64_t>(i), at(100 * i));
  EXPECT_EQ(worker.pong(1, at(350)), milliseconds(250));
}

TEST(Liveness, ABusyWorkerIsPingedOnceInTenHeartbeats) {
  const DispatchOptions options;
  Liveness worker(at(0));
  worker.pinged(1, at(0));
  worker.heard(at(990));
  EXPECT_EQ(worker.next(options), at(1000));
}

}  // namespace
}  // namespace weir
