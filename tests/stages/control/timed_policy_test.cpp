// SPDX-License-Identifier: Apache-2.0
#include "stages/control/timed_policy.hpp"

#include <gtest/gtest.h>

namespace weir {
namespace {

/// Takes as long as it is told, by a clock that it moves itself.
class SlowPolicy final : public Policy {
 public:
  explicit SlowPolicy(ManualClock& clock) : clock_(clock) {}
  std::string_view name() const override { return "slow"; }
  Decision decide(const Situation& situation) override {
    clock_.advance(std::chrono::microseconds(situation.frame));
    return {};
  }
  void learn(const Transfer&) override { ++learned; }
  int learned = 0;

 private:
  ManualClock& clock_;
};

TEST(TimedPolicy, TellsHowLongDecisionsTook) {
  ManualClock clock;
  SlowPolicy slow(clock);
  TimedPolicy timed(slow, clock, 101);
  EXPECT_EQ(timed.microseconds(0.5), 0);
  for (std::uint64_t i = 0; i <= 100; ++i) {
    Situation situation;
    situation.frame = i;
    timed.decide(situation);
  }
  timed.learn({});
  EXPECT_EQ(timed.name(), "slow");
  EXPECT_EQ(slow.learned, 1);
  EXPECT_DOUBLE_EQ(timed.microseconds(0.5), 50);
  EXPECT_DOUBLE_EQ(timed.microseconds(0.99), 99);
  EXPECT_DOUBLE_EQ(timed.microseconds(1), 100);
}

}  // namespace
}  // namespace weir
