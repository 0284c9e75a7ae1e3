// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "kernels/base/random.hpp"
#include "kernels/control/published_ladder.hpp"
#include "kernels/control/simulation.hpp"

namespace weir::test {

inline Duration ms(std::int64_t n) { return std::chrono::milliseconds(n); }
inline TimePoint at_ms(std::int64_t n) { return TimePoint{} + ms(n); }

/// Steps of `seconds` each.
inline Capacity stepped(const std::vector<double>& mbps, double seconds = 1) {
  std::vector<CapacityStep> steps;
  const auto each = Duration(static_cast<std::int64_t>(seconds * 1e9));
  for (const double rate : mbps) steps.push_back({static_cast<std::int64_t>(steps.size()) * each, rate * 1e6});
  return *Capacity::create(steps, static_cast<std::int64_t>(steps.size()) * each);
}

/// 20 s at a rate, 30 s of nothing, 30 s at the rate.
inline Capacity with_outage(double mbps) {
  return *Capacity::create(std::vector<CapacityStep>{{ms(0), mbps * 1e6}, {ms(20'000), 0}, {ms(50'000), mbps * 1e6}},
                           ms(80'000));
}

/// A rate that changes at odd times by factors up to ten, with pauses.
inline Capacity random_link(std::uint64_t seed, double seconds) {
  Random random(seed);
  std::vector<CapacityStep> steps;
  Duration at{};
  const double typical = std::exp(random.uniform(std::log(5e4), std::log(5e7)));
  while (at < Duration(static_cast<std::int64_t>(seconds * 1e9))) {
    const double rate = random.uniform() < 0.15 ? 0 : typical * std::exp(random.uniform(-1.2, 1.2));
    steps.push_back({at, rate});
    at += Duration(static_cast<std::int64_t>(random.uniform(0.01, 3) * 1e9));
  }
  return *Capacity::create(steps, at);
}

inline std::unique_ptr<Policy> policy(std::string_view name, const Ladder& ladder) {
  return *make_policy(name, ladder, {.round_trip = ms(40)});
}

inline std::vector<FrameRecord> simulate(const Capacity& link, std::string_view name, const Ladder& ladder,
                                         const SimulationOptions& options = {}) {
  std::vector<FrameRecord> records;
  Simulation simulation(link, ladder, options);
  if (name == "oracle") {
    simulation.run_oracle(records);
  } else {
    simulation.run(*policy(name, ladder), records);
  }
  return records;
}

/// 10 fps and 200 ms, 15 fps and 150 ms, 30 fps and 100 ms.
inline std::vector<SimulationOptions> settings() {
  std::vector<SimulationOptions> all(3);
  all[1].period = Duration(66'666'667);
  all[1].deadline = ms(150);
  all[2].period = Duration(33'333'333);
  all[2].deadline = ms(100);
  return all;
}

}  // namespace weir::test
