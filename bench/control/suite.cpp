// SPDX-License-Identifier: Apache-2.0
#include "bench/control/suite.hpp"

#include <fstream>

#include "bench/common/machine.hpp"
#include "kernels/control/published_ladder.hpp"
#include "stages/control/timed_policy.hpp"
#include "stages/control/trace_capacity.hpp"

namespace weir::bench {
namespace {

constexpr Duration kRoundTrip = std::chrono::milliseconds(40);
constexpr Duration kLocalTime = std::chrono::milliseconds(30);
constexpr std::size_t kMostFrames = 10'000;

}  // namespace

Result<std::vector<Trace>> read_traces(Duration longest) {
  std::vector<Trace> traces;
  const std::string index = data_path("traces/index.csv");
  if (index.empty()) return traces;
  std::ifstream rows(index);
  std::string row;
  std::getline(rows, row);  // names of columns
  for (std::size_t number = 1; std::getline(rows, row); ++number) {
    const std::string name = row.substr(0, row.find(','));
    const auto trace = LinkTrace::read(data_path("traces/" + name));
    if (!trace) return fail(trace.error());
    traces.push_back({name, number % 2 == 1, capacity_of(*trace, longest)});
  }
  return traces;
}

Result<Scores> run_contender(const Contender& contender, const std::vector<Trace>& traces, bool tuning,
                             const Pace& pace, double local_accuracy) {
  const std::string_view policy = contender.policy;
  Ladder ladder = contender.still ? published_still_ladder() : published_ladder_for(policy);
  ladder.local_accuracy = local_accuracy;
  ladder.local = kLocalTime;
  SimulationOptions options;
  options.period = pace.period;
  options.deadline = pace.deadline;
  options.round_trip = kRoundTrip;
  PolicyOptions how;
  how.fixed_rung = "N8Q2";
  // The rivals take the round trip as given; ours finds it out.
  if (policy != "mpc") how.round_trip = kRoundTrip;
  Scores scores;
  std::vector<FrameRecord> records;
  records.reserve(kMostFrames);
  const SteadyClock clock;
  for (const Trace& trace : traces) {
    if (trace.tuning != tuning) continue;
    records.clear();
    Simulation simulation(trace.capacity, ladder, options);
    if (policy == "oracle") {
      simulation.run_oracle(records);
    } else {
      const auto made = make_policy(policy, ladder, how);
      if (!made) return fail(made.error());
      TimedPolicy timed(**made, clock, kMostFrames);
      simulation.run(timed, records);
      scores.decision_us.push_back(timed.microseconds(0.99));
    }
    const SimulationTotals totals = summarise(records);
    scores.on_time.push_back(totals.on_time);
    scores.effective_accuracy.push_back(totals.effective_accuracy);
    scores.answered.push_back(totals.answered);
  }
  return scores;
}

}  // namespace weir::bench
