// SPDX-License-Identifier: Apache-2.0
// How well policies choose rungs over recorded links, in virtual time, beside an oracle that knows the link.
#include <algorithm>
#include <array>
#include <map>

#include "bench/common/bench_main.hpp"
#include "bench/control/bootstrap.hpp"
#include "bench/control/live.hpp"
#include "bench/control/suite.hpp"
#include "kernels/control/published_ladder.hpp"

namespace weir::bench {
namespace {

constexpr double kLocalAccuracy = 0.6;                       // of a device's own weaker network, an assumption
using Results = std::map<std::string, Scores, std::less<>>;  // by contender

std::vector<double> difference(const std::vector<double>& a, const std::vector<double>& b, double scale) {
  std::vector<double> out(a.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = scale * (a[i] - b[i]);
  return out;
}

double mean(const std::vector<double>& values) { return mean_over_traces(values).value; }

/// Effective accuracy with and without a local answer, and what else there is to know of one contender.
void print_contender(Reporter& reporter, std::string_view name, const Pace& pace, const Scores& remote,
                     const Scores& local, const Scores& tuning) {
  const Figure on_time = mean_over_traces(remote.on_time);
  const Figure with_local = mean_over_traces(local.effective_accuracy);
  reporter.print("accuracy_" + std::string(name) + "_" + std::string(pace.name),
                 mean_over_traces(remote.effective_accuracy),
                 {{"on_time", on_time.value},
                  {"on_time_low", on_time.least},
                  {"on_time_high", on_time.greatest},
                  {"with_local", with_local.value},
                  {"with_local_low", with_local.least},
                  {"with_local_high", with_local.greatest},
                  {"on_odd_rows", mean(tuning.effective_accuracy)},
                  {"on_time_on_odd_rows", mean(tuning.on_time)}});
}

/// By how much mpc falls short of the oracle and surpasses the best of the other policies that can be built.
void print_gaps(Reporter& reporter, const Pace& pace, const Results& remote, const Results& tuning) {
  const Scores &ours = remote.find("mpc")->second, &best = remote.find("oracle")->second;
  const Figure gap = mean_over_traces(difference(best.on_time, ours.on_time, 100));
  const double odd = mean(tuning.find("oracle")->second.on_time) - mean(tuning.find("mpc")->second.on_time);
  const double accuracy = mean(best.effective_accuracy) - mean(ours.effective_accuracy);
  reporter.print("gap_to_oracle_" + std::string(pace.name), gap,
                 {{"on_odd_rows", 100 * odd}, {"accuracy_points", 100 * accuracy}});
  const Scores* rival = nullptr;
  for (const auto& [name, scores] : remote) {
    if (name == "mpc" || name == "oracle" || name.ends_with("_still")) continue;
    const bool better = rival == nullptr || mean(scores.effective_accuracy) > mean(rival->effective_accuracy);
    if (better) rival = &scores;
  }
  const auto lead = [&](const Scores& a, const Scores& b) {
    return mean_over_traces(difference(a.effective_accuracy, b.effective_accuracy, 100));
  };
  reporter.print("lead_" + std::string(pace.name), lead(ours, *rival));
  reporter.print("lead_still_" + std::string(pace.name),
                 lead(remote.find("mpc_still")->second, remote.find("h264_still")->second));
}

/// Longest time from the end of an outage of 30 s to the first answer in time, over rates and paces.
Status print_recovery(Reporter& reporter) {
  std::vector<double> seconds;
  for (const Pace& pace : kPaces) {
    for (const double mbps : {0.6, 1.0, 2.0, 5.0, 10.0, 50.0, 200.0}) {
      for (int offset = 0; offset < (reporter.brief() ? 1 : 10);
           ++offset) {  // of the link's return within the frame's period
        const Duration gone = std::chrono::seconds(20),
                       back = gone + std::chrono::seconds(30) + offset * pace.period / 10;
        const std::array<CapacityStep, 3> steps{{{{}, mbps * 1e6}, {gone, 0}, {back, mbps * 1e6}}};
        const auto link = Capacity::create(steps, back + std::chrono::seconds(20));
        if (!link) return link.error();
        Ladder ladder = published_ladder();
        const auto policy = make_policy("mpc", ladder, {});
        if (!policy) return policy.error();
        SimulationOptions options;
        options.period = pace.period;
        options.deadline = pace.deadline;
        std::vector<FrameRecord> records;
        Simulation(*link, ladder, options).run(**policy, records);
        seconds.push_back(std::chrono::duration<double>(recovery_after(TimePoint{} + back, records)).count());
      }
    }
  }
  const double middle = summarise(seconds).value, longest = *std::ranges::max_element(seconds);
  reporter.print("recovery_s", {longest, *std::ranges::min_element(seconds), longest, seconds.size()},
                 {{"median", middle}});
  return {};
}

Status run(Reporter& reporter) {
  if (Status status = print_recovery(reporter); !status) return status;
  const auto traces = read_traces(reporter.brief() ? std::chrono::seconds(3) : std::chrono::seconds(300));
  if (!traces) return traces.error();
  if (traces->empty()) return {Code::unavailable, "the reference data is absent"};
  std::vector<double> decision_us, answered;
  for (const Pace& pace : kPaces) {
    Results remote, tuning;
    for (const Contender& contender : kContenders) {
      auto even = run_contender(contender, *traces, false, pace, 0);
      if (!even) return even.error();
      const auto local = run_contender(contender, *traces, false, pace, kLocalAccuracy);
      if (!local) return local.error();
      auto odd = run_contender(contender, *traces, true, pace, 0);
      if (!odd) return odd.error();
      print_contender(reporter, contender.name, pace, *even, *local, *odd);
      if (contender.name == "mpc") {
        answered.push_back(100 * *std::ranges::min_element(local->answered));
        decision_us.insert(decision_us.end(), even->decision_us.begin(), even->decision_us.end());
      }
      remote.emplace(contender.name, *std::move(even));
      tuning.emplace(contender.name, *std::move(odd));
    }
    print_gaps(reporter, pace, remote, tuning);
  }
  reporter.print("answered_percent", summarise(answered));
  reporter.print("decision_p99_us", summarise(decision_us));
  return print_live(reporter);
}

}  // namespace
}  // namespace weir::bench

int main(int argc, char** argv) { return weir::bench::bench_main(argc, argv, "control", weir::bench::run); }
