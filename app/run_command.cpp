// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "app/check_text.hpp"
#include "app/command.hpp"
#include "app/recorded_run.hpp"
#include "app/session.hpp"

namespace weir::app {
namespace {

struct RunArguments {
  std::string launch;
  std::vector<std::string> set;
  std::string duration;
  std::uint64_t frames = 0;
  bool check = false;
  bool dot = false;
  bool realtime = false;
  bool fast = false;
  RunOptions run;
  SessionOptions session;
};

/// Whether some source delivers at its own pace.
bool is_live(const GraphSpec& spec) {
  for (const StreamSpec& stream : spec.streams) {
    if (spec.stages[stream.source].info->execution.live) return true;
  }
  return false;
}

Result<Duration> parse_duration(const std::string& text) {
  constexpr Param<Duration> kDuration{{.name = "--duration", .help = ""}, Duration{}};
  const auto value = parse_param(kDuration.info(), text);
  if (!value) return fail(value.error());
  const Duration duration = std::get<Duration>(*value);
  if (duration <= Duration::zero())
    return fail(Code::invalid, "--duration " + text + ": wanted more than nothing, as 10s");
  return duration;
}

int run(RunArguments arguments, Console& console) {
  int exit = kFine;
  const auto overrides = parse_overrides(arguments.set, console, exit);
  if (!overrides) return exit;
  if (!arguments.duration.empty()) {
    const auto duration = parse_duration(arguments.duration);
    if (!duration) {
      console.error(duration.error().text);
      return kBadUsage;
    }
    arguments.run.duration = *duration;
  }
  auto registry = builtin_registry(console, exit);
  if (!registry) return exit;
  auto spec = load(arguments.launch, *registry, *overrides, console, exit);
  if (!spec) return exit;

  if (arguments.check) {
    const std::string text = arguments.dot ? to_dot(*spec) : check_text(*spec);
    std::fwrite(text.data(), 1, text.size(), stdout);
    return kFine;
  }
  if (arguments.frames > 0) arguments.run.frames = arguments.frames;
  arguments.run.realtime = arguments.realtime || (is_live(*spec) && !arguments.fast);
  if (!arguments.run.record_dir.empty()) {
    if (Status status = write_recorded_run(arguments.run.record_dir, *spec, arguments.run); !status) {
      console.error(status.error().text);
      return kFailed;
    }
  }
  return run_session(std::move(*spec), std::move(arguments.run), arguments.session, console);
}

}  // namespace

void add_run_command(CLI::App& program, Console& console, int& exit) {
  const auto arguments = std::make_shared<RunArguments>();
  program.add_option("--launch", arguments->launch, "Launch file: the stages, how they connect, their parameters")
      ->type_name("FILE");
  auto* check = program.add_flag("--check", arguments->check, "Validate the launch file, print the graph, run nothing");
  program.add_flag("--dot", arguments->dot, "With --check: print the graph for Graphviz")->needs(check);
  program.add_option("--set", arguments->set, "Override a value: stages.camera.path=clip.mp4 (may be repeated)")
      ->type_name("KEY=VALUE")
      ->take_all()
      ->allow_extra_args(false);
  program.add_option("--report", arguments->session.report_dir, "Write report.json into this folder")->type_name("DIR");
  program.add_option("--frames", arguments->frames, "Stop after N frames of each source")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  program.add_option("--duration", arguments->duration, "Stop after this time, for example 10s")->type_name("TIME");
  auto* realtime = program.add_flag("--realtime", arguments->realtime,
                                    "Recordings at their own pace, and deadlines hold (default with a live source)");
  program.add_flag("--fast", arguments->fast, "Recordings as fast as they go (default without a live source)")
      ->excludes(realtime);
  program.add_option("--seed", arguments->run.seed, "Seed of everything random")->type_name("N")->capture_default_str();
  program.add_option("--record", arguments->run.record_dir, "Record the run into this folder, for \"pipeline replay\"")
      ->type_name("DIR");
  program.add_flag("--json", arguments->session.json, "Print the report as JSON in place of the summary");
  program.callback([&program, &console, &exit, arguments] {
    if (!program.get_subcommands().empty()) return;
    if (arguments->launch.empty()) {
      console.error("nothing to do: give --launch FILE or a sub-command; pipeline --help lists them");
      exit = kBadUsage;
      return;
    }
    exit = run(*arguments, console);
  });
}

}  // namespace weir::app
