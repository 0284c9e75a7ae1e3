// SPDX-License-Identifier: Apache-2.0
#include "kernels/control/capacity.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/kernels/control/links.hpp"

namespace weir {
namespace {

using test::at_ms;
using test::ms;
using ::testing::HasSubstr;

TEST(Capacity, CountsBitsAcrossStepsAndRounds) {
  const Capacity link = test::stepped({1, 0, 2});  // 3 Mbit a round of 3 s
  EXPECT_DOUBLE_EQ(link.bits(at_ms(500), at_ms(2500)), 1.5e6);
  EXPECT_DOUBLE_EQ(link.bits(at_ms(0), at_ms(9000)), 9e6);
  EXPECT_DOUBLE_EQ(link.bits(at_ms(2000), at_ms(1000)), 0);
  EXPECT_DOUBLE_EQ(link.bits_per_second(at_ms(5500)), 2e6);
}

TEST(Capacity, TellsWhenBitsHavePassed) {
  const Capacity link = test::stepped({1, 0, 2});
  EXPECT_EQ(link.when_passed(at_ms(0), 1e6), at_ms(1000));      // at the end of the step, not after the pause
  EXPECT_EQ(link.when_passed(at_ms(500), 0.7e6), at_ms(2100));  // over the pause
  EXPECT_EQ(link.when_passed(at_ms(2500), 1.5e6), at_ms(3500));
  EXPECT_EQ(link.when_passed(at_ms(0), 30.5e6), at_ms(30'500));
  EXPECT_EQ(link.when_passed(at_ms(1200), 0), at_ms(1200));
  EXPECT_EQ(link.when_passed(kNever, 1), kNever);
}

TEST(Capacity, TheTwoAgreeOnRandomLinks) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const Capacity link = test::random_link(seed, 20);
    if (link.bits(at_ms(0), TimePoint{} + link.length()) <= 0) continue;
    Random random(seed);
    for (int i = 0; i < 50; ++i) {
      const TimePoint from = at_ms(static_cast<std::int64_t>(random.uniform(0, 60'000)));
      const double bits = random.uniform(1, 1e6);
      const TimePoint end = link.when_passed(from, bits);
      EXPECT_NEAR(link.bits(from, end), bits, 1e-3 * bits + 1) << seed;
      EXPECT_LT(link.bits(from, end - std::chrono::microseconds(1)), bits) << seed;
    }
  }
}

TEST(Capacity, ALinkThatNeverPassesSaysSo) {
  EXPECT_EQ(Capacity(0).when_passed(at_ms(5), 1), kNever);
  EXPECT_EQ(test::stepped({0, 0}).when_passed(at_ms(5), 1), kNever);
  EXPECT_EQ(Capacity(1e-6).when_passed(at_ms(5), 1e9), kNever);
  EXPECT_EQ(Capacity(8e6).when_passed(at_ms(5), 8e3), at_ms(6));
}

TEST(Capacity, RefusesStepsThatAreNone) {
  const auto error = [](const std::vector<CapacityStep>& steps, Duration length) {
    const auto made = Capacity::create(steps, length);
    return made ? std::string() : made.error().text;
  };
  EXPECT_THAT(error({}, ms(1)), HasSubstr("no step"));
  EXPECT_THAT(error({{ms(1), 1}}, ms(2)), HasSubstr("step 0"));
  EXPECT_THAT(error({{ms(0), 1}, {ms(0), 2}}, ms(2)), HasSubstr("step 0"));
  EXPECT_THAT(error({{ms(0), 1}, {ms(2), 2}}, ms(2)), HasSubstr("step 1"));
  EXPECT_THAT(error({{ms(0), -1}}, ms(2)), HasSubstr("rate of step 0"));
  EXPECT_THAT(error({{ms(0), std::nan("")}}, ms(2)), HasSubstr("rate of step 0"));
}

}  // namespace
}  // namespace weir
