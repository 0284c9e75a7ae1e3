// SPDX-License-Identifier: Apache-2.0
#include "app/trace_replay.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "app/text.hpp"
#include "kernels/control/published_ladder.hpp"
#include "kernels/control/simulation.hpp"
#include "pipeline/launch/values.hpp"
#include "stages/control/ladder_file.hpp"
#include "stages/control/timed_policy.hpp"
#include "stages/control/trace_capacity.hpp"

namespace weir::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kOracle = "oracle";
constexpr std::uint64_t kFramesOfConstantLink = 3000;           // a trace of one row has no length
constexpr Duration kLocalTime = std::chrono::milliseconds(30);  // of a local answer that is only told by its accuracy

/// The same for all policies of one call.
struct Setting {
  Capacity capacity{0};
  SimulationOptions simulation;
  std::optional<Ladder> ladder;  // none: the published one of each policy
};

/// How one policy did.
struct Row {
  std::string policy;
  SimulationTotals totals;
  double p99_us = 0;
  std::vector<FrameRecord> records;
  std::vector<std::string> rungs;  // names by index
};

double milliseconds(Duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

Result<Duration> duration_of(const std::string& option, const std::string& text) {
  const auto value = read_duration(text);
  if (value && *value >= Duration{}) return *value;
  return fail(Code::invalid, option + " is \"" + text + "\"; give a time with its unit, for example 200ms");
}

Result<Setting> read_setting(const TraceReplayOptions& options) {
  Setting setting;
  SimulationOptions& simulation = setting.simulation;
  const auto deadline = duration_of("--deadline", options.deadline);
  if (!deadline) return fail(deadline.error());
  const auto round_trip = duration_of("--rtt", options.round_trip);
  if (!round_trip) return fail(round_trip.error());
  Duration longest = Duration::max();
  if (!options.length.empty()) {
    const auto length = duration_of("--duration", options.length);
    if (!length) return fail(length.error());
    longest = *length;
  }
  const auto trace = LinkTrace::read(options.trace);
  if (!trace) return fail(trace.error());
  setting.capacity = capacity_of(*trace, longest);
  simulation.deadline = *deadline;
  simulation.round_trip = *round_trip;
  simulation.period = Duration(static_cast<Duration::rep>(1e9 / options.fps));
  if (setting.capacity.length() == Duration{}) {
    simulation.frames =
        options.length.empty() ? kFramesOfConstantLink : static_cast<std::uint64_t>(longest / simulation.period);
  }
  if (!options.ladder.empty()) {
    auto ladder = read_ladder_file(options.ladder);
    if (!ladder) return fail(ladder.error());
    setting.ladder = std::move(*ladder);
  }
  return setting;
}

Ladder ladder_for(const TraceReplayOptions& options, const Setting& setting, std::string_view policy) {
  Ladder ladder = setting.ladder ? *setting.ladder : published_ladder_for(policy);
  if (options.local > 0) {
    ladder.local_accuracy = options.local;
    if (ladder.local == Duration{}) ladder.local = kLocalTime;
  }
  return ladder;
}

Result<Row> run_policy(const TraceReplayOptions& options, const Setting& setting, const std::string& name) {
  const Ladder ladder = ladder_for(options, setting, name);
  if (Status status = validate(ladder); !status) return fail(status.error());
  Row row;
  row.policy = name;
  for (const Rung& rung : ladder.rungs) row.rungs.push_back(rung.name);
  Simulation simulation(setting.capacity, ladder, setting.simulation);
  if (name == kOracle) {
    simulation.run_oracle(row.records);
  } else {
    PolicyOptions how;
    how.fixed_rung = options.rung;
    how.even = options.even;
    how.round_trip = setting.simulation.round_trip;
    const auto policy = make_policy(name, ladder, how);
    if (!policy) return fail(policy.error().code, "--policy " + name + ": " + policy.error().text);
    const SteadyClock clock;
    TimedPolicy timed(**policy, clock, 1 << 16);
    simulation.run(timed, row.records);
    row.p99_us = timed.microseconds(0.99);
  }
  row.totals = summarise(row.records);
  return row;
}

/// All policies that the ladder has rungs for, or the one that was asked for.
Result<std::vector<Row>> run_policies(const TraceReplayOptions& options, const Setting& setting, Console& console) {
  std::vector<Row> rows;
  if (options.policy != "all") {
    auto row = run_policy(options, setting, options.policy);
    if (!row) return fail(row.error());
    rows.push_back(std::move(*row));
    return rows;
  }
  std::vector<std::string_view> names = policy_names();
  names.push_back(kOracle);
  for (const std::string_view name : names) {
    auto row = run_policy(options, setting, std::string(name));
    if (row) {
      rows.push_back(std::move(*row));
    } else {
      console.note(std::string(name) + " is left out: " + row.error().text);
    }
  }
  return rows;
}

Json json_of(const Row& row) {
  return {{"policy", row.policy},
          {"frames", row.totals.frames},
          {"on_time", row.totals.on_time},
          {"effective_accuracy", row.totals.effective_accuracy},
          {"answered", row.totals.answered},
          {"late", row.totals.late},
          {"bytes_per_frame", row.totals.bytes},
          {"decision_p99_us", row.p99_us}};
}

std::string table_of(const std::vector<Row>& rows) {
  std::string text = print("%-14s %8s %9s %10s %9s %8s %12s %8s\n", "policy", "frames", "on time", "effective",
                           "answered", "late", "bytes/frame", "p99 us");
  for (const Row& row : rows) {
    const SimulationTotals& t = row.totals;
    text += print("%-14s %8llu %7.2f %% %10.4f %7.2f %% %6.2f %% %12.0f %8.1f\n", row.policy.c_str(),
                  static_cast<unsigned long long>(t.frames), 100 * t.on_time, t.effective_accuracy, 100 * t.answered,
                  100 * t.late, t.bytes, row.p99_us);
  }
  return text;
}

/// One line per frame: what was decided, what was forecast, and what happened.
std::string decision_line(const Row& row, const FrameRecord& record) {
  const Decision& decision = record.decision;
  Json line{
      {"policy", row.policy}, {"frame", record.frame}, {"captured_ms", milliseconds(record.captured - TimePoint{})}};
  line["rung"] = decision.rung < 0 ? Json() : Json(row.rungs[static_cast<std::size_t>(decision.rung)]);
  line["probe"] = decision.probe;
  line["forecast_ms"] = milliseconds(decision.forecast);
  line["on_time_believed"] = decision.on_time;
  line["held"] = decision.held;
  line["fps_divisor"] = decision.fps_divisor;
  line["scale"] = decision.scale;
  line["bytes"] = record.bytes;
  line["latency_ms"] = record.answered == kNever ? Json() : Json(milliseconds(record.answered - record.captured));
  line["end"] = to_string(record.end);
  line["accuracy"] = record.accuracy;
  return line.dump() + "\n";
}

Status write_decisions(const std::string& path, const std::vector<Row>& rows) {
  std::string text;
  for (const Row& row : rows) {
    for (const FrameRecord& record : row.records) text += decision_line(row, record);
  }
  return write_file(path, text);
}

Status run(const TraceReplayOptions& options, Console& console) {
  const auto setting = read_setting(options);
  if (!setting) return setting.error();
  const auto rows = run_policies(options, *setting, console);
  if (!rows) return rows.error();
  if (!options.decisions.empty()) {
    if (Status status = write_decisions(options.decisions, *rows); !status) return status;
  }
  std::string text;
  if (options.json) {
    Json all = Json::array();
    for (const Row& row : *rows) all.push_back(json_of(row));
    text = all.dump(2) + "\n";
  } else {
    text = table_of(*rows);
  }
  std::fwrite(text.data(), 1, text.size(), stdout);
  return {};
}

}  // namespace

void add_trace_replay_options(CLI::App& command, TraceReplayOptions& options) {
  command
      .add_option("--trace", options.trace,
                  "In place of DIR: run policies over this trace (seconds,mbps) in virtual time")
      ->type_name("FILE");
  command.add_option("--policy", options.policy, "Policy by name, oracle, or all (default mpc)")->type_name("NAME");
  command.add_option("--ladder", options.ladder, "Rate ladder; published points without it")->type_name("FILE");
  command.add_option("--rung", options.rung, "Rung of the policy fixed")->type_name("NAME");
  command.add_option("--fps", options.fps, "Frames per second (default 10)")->check(CLI::Range(0.01, 10000.0));
  command.add_option("--deadline", options.deadline, "From capture to answer (default 200ms)")->type_name("TIME");
  command.add_option("--rtt", options.round_trip, "Round trip of the link without load (default 40ms)")
      ->type_name("TIME");
  command.add_option("--duration", options.length, "Stop after this much of the trace")->type_name("TIME");
  command.add_option("--local", options.local, "Accuracy of the device's own answer, 0: none")
      ->check(CLI::Range(0.0, 1.0));
  command.add_flag("--even", options.even,
                   "mpc sends every n-th frame where the link does not bear the smallest rung for each");
  command.add_option("--decisions", options.decisions, "Write each decision, its forecast and what happened")
      ->type_name("FILE.jsonl");
}

int replay_trace(const TraceReplayOptions& options, Console& console) {
  const Status status = run(options, console);
  if (status) return kFine;
  console.error(status.error().text);
  return exit_code(status.error());
}

}  // namespace weir::app
