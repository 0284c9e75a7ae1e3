// SPDX-License-Identifier: Apache-2.0
// Thousands of runs that seeds decide. WEIR_SIM_SEED=N runs the one schedule N; WEIR_SIM_RUNS=N runs N per case.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "tests/transport/dispatch/schedule.hpp"

namespace weir {
namespace {

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

void report(std::uint64_t seed, const Schedule& schedule) {
  ADD_FAILURE() << "WEIR_SIM_SEED=" << seed << " runs this schedule again: " << schedule.text();
}

class Simulation : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Simulation, EveryRequestEndsOnceInTimeAndNoCreditIsExceeded) {
  if (std::getenv("WEIR_SIM_SEED") != nullptr) {
    const std::uint64_t seed = setting("WEIR_SIM_SEED", 0);
    Schedule schedule(seed);
    schedule.run();
    if (!schedule.ok()) report(seed, schedule);
    std::cout << schedule.text() << "\n";
    return;
  }
  const std::uint64_t runs = setting("WEIR_SIM_RUNS", 500);
  Schedule::Counts all, calm;
  int failed = 0;
  for (std::uint64_t seed = GetParam() * runs; seed < (GetParam() + 1) * runs && failed < 3; ++seed) {
    Schedule schedule(seed);
    schedule.run();
    if (!schedule.ok()) {
      report(seed, schedule);
      ++failed;
    }
    const Schedule::Counts counts = schedule.counts();
    if (schedule.calm() && counts.results < counts.submitted * 99 / 100) {
      ADD_FAILURE() << "WEIR_SIM_SEED=" << seed << ": " << counts.results << " results of " << counts.submitted
                    << " requests, although nothing went wrong: " << schedule.text();
    }
    Schedule::Counts& sum = schedule.calm() ? calm : all;
    sum.submitted += counts.submitted;
    sum.results += counts.results;
    sum.events += counts.events;
    sum.after_faults += counts.after_faults;
    sum.missed_after_faults += counts.missed_after_faults;
  }
  RecordProperty("calm", std::to_string(calm.results) + "/" + std::to_string(calm.submitted));
  RecordProperty("recovered", std::to_string(all.missed_after_faults) + "/" + std::to_string(all.after_faults));
  EXPECT_GE(calm.results, calm.submitted * 999 / 1000) << "of " << calm.submitted;
  EXPECT_LE(all.missed_after_faults, all.after_faults / 200) << "of " << all.after_faults;
}

INSTANTIATE_TEST_SUITE_P(Seeds, Simulation, testing::Range<std::uint64_t>(0, 12));

}  // namespace
}  // namespace weir
