// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>
#include <vector>

#include "app/command.hpp"
#include "app/recorded_run.hpp"
#include "app/session.hpp"
#include "app/trace_replay.hpp"

namespace weir::app {
namespace {

struct ReplayArguments {
  std::string folder;
  std::vector<std::string> set;
  SessionOptions session;
  TraceReplayOptions trace;
};

int replay(ReplayArguments& arguments, Console& console) {
  if (arguments.folder.empty() == arguments.trace.trace.empty()) {
    console.error("replay takes either DIR, a recorded run, or --trace FILE; see pipeline replay --help");
    return kBadUsage;
  }
  if (!arguments.trace.trace.empty()) {
    arguments.trace.json = arguments.session.json;
    return replay_trace(arguments.trace, console);
  }
  int exit = kFine;
  auto recorded = read_recorded_run(arguments.folder);
  if (!recorded) {
    console.error(recorded.error().text);
    return exit_code(recorded.error());
  }
  if (recorded->version != WEIR_VERSION || recorded->engine != WEIR_ENGINE_NAME) {
    console.warn("recorded by version " + recorded->version + " with " + recorded->engine + ", replayed by " +
                 WEIR_VERSION + " with " WEIR_ENGINE_NAME ": answers may differ");
  }
  const auto overrides = parse_overrides(arguments.set, console, exit);
  if (!overrides) return exit;
  auto registry = builtin_registry(console, exit);
  if (!registry) return exit;
  auto spec = load(recorded->launch_path, *registry, *overrides, console, exit);
  if (!spec) return exit;
  return run_session(std::move(*spec), std::move(recorded->options), arguments.session, console);
}

}  // namespace

void add_replay_command(CLI::App& program, Console& console, int& exit) {
  const auto arguments = std::make_shared<ReplayArguments>();
  CLI::App* command = program.add_subcommand(
      "replay", "Run a recording again: the same answers, byte for byte; or a trace of a link under any policy");
  command->add_option("DIR", arguments->folder, "Folder that --record wrote");
  command
      ->add_option("--set", arguments->set,
                   "Override a value, as the paths of sinks: stages.results.path=again.jsonl (may be repeated)")
      ->type_name("KEY=VALUE")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--report", arguments->session.report_dir, "Write report.json into this folder")
      ->type_name("DIR");
  command->add_flag("--json", arguments->session.json, "Print the report as JSON in place of the summary");
  add_trace_replay_options(*command, arguments->trace);
  command->footer(
      "Frames are read from the recorded sources again, and every decision that depended on time is repeated. Without\n"
      "--set the sinks write to the paths of the recorded run.\n\n"
      "Example:\n"
      "  pipeline --launch launch/kitti.yaml --record out/rec\n"
      "  pipeline replay out/rec --set stages.results.path=out/again.jsonl\n"
      "  cmp out/kitti/results.jsonl out/again.jsonl\n"
      "  pipeline replay --trace uplink.csv --policy all --fps 15 --deadline 150ms --local 0.6");
  command->callback([&console, &exit, arguments] { exit = replay(*arguments, console); });
}

}  // namespace weir::app
