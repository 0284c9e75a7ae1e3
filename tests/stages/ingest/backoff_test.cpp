// SPDX-License-Identifier: Apache-2.0
#include "stages/ingest/backoff.hpp"

#include <gtest/gtest.h>

#include <set>

namespace weir {
namespace {

using std::chrono::milliseconds;

TEST(Backoff, DoublesUpToItsLimitWithJitterOfAHalf) {
  Backoff backoff({milliseconds(100), milliseconds(1000)}, 7);
  std::set<Duration> seen;
  for (const int step : {100, 200, 400, 800, 1000, 1000, 1000}) {
    const Duration wait = backoff.next();
    EXPECT_GE(wait, milliseconds(step) / 2);
    EXPECT_LE(wait, milliseconds(step));
    seen.insert(wait);
  }
  EXPECT_EQ(seen.size(), 7u);
  backoff.reset();
  EXPECT_LE(backoff.next(), milliseconds(100));
}

TEST(Backoff, DependsOnItsSeedAlone) {
  Backoff a({}, 1), same({}, 1), other({}, 2);
  const Duration first = a.next();
  EXPECT_EQ(first, same.next());
  EXPECT_NE(first, other.next());
}

}  // namespace
}  // namespace weir
