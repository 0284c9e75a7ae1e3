// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "app/command.hpp"
#include "app/console.hpp"
#include "app/signals.hpp"
#include "pipeline/launch_file.hpp"

namespace weir::app {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  pipeline --launch launch/synthetic.yaml              run a launch file\n"
    "  pipeline --launch launch/kitti.yaml --report out     and write out/report.json\n"
    "  pipeline --launch my.yaml --check                    validate it, print the graph\n"
    "  pipeline --launch my.yaml --check --dot | dot -Tsvg  draw the graph\n"
    "  pipeline worker --launch my.yaml --listen unix:/tmp/w  run its cloud stages for devices\n"
    "  pipeline stages                                      what a launch file can name\n"
    "  pipeline stages infer.detector                       ports and parameters of one stage\n"
    "  pipeline eval out/kitti --truth label_02             accuracy of results\n"
    "  pipeline eval-proposals --boxes boxes.csv            accuracy of predicted boxes\n\n"
    "Exit codes: 0 fine, 1 the run failed, 2 bad usage or bad launch file, 3 input not found or unreadable.";

/// Every option and sub-command that this command line knows at its top.
std::vector<std::string> known_names(const CLI::App& program) {
  std::vector<std::string> names;
  for (const CLI::Option* option : program.get_options()) names.push_back(option->get_name());
  for (const CLI::App* command : program.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

void report_usage(const CLI::App& program, const CLI::ParseError& error, int count, char** arguments,
                  Console& console) {
  console.error(error.what());
  for (int i = 1; i < count; ++i) {
    const std::string argument = arguments[i];
    const std::string name = argument.substr(0, argument.find('='));
    const std::vector<std::string> known = known_names(program);
    if (std::string(error.what()).find(name) == std::string::npos) continue;
    const std::string nearest = nearest_name(name, known);
    if (!nearest.empty() && nearest != name) console.note("did you mean " + nearest + "?");
  }
  console.note("pipeline --help shows what there is");
}

int run_program(int count, char** arguments) {
  block_stop_signals();
  Console console;
  int exit = kFine;
  CLI::App program("Weir: run a graph of video analytics stages described by a launch file", "pipeline");
  program.set_version_flag("--version", "weir " WEIR_VERSION " (" WEIR_ENGINE_NAME ")");
  program.footer(kExamples);
  program.require_subcommand(0, 1);
  add_run_command(program, console, exit);
  add_stages_command(program, console, exit);
  add_eval_command(program, console, exit);
  add_proposals_command(program, console, exit);
  add_replay_command(program, console, exit);
  add_model_command(program, console, exit);
  add_profile_command(program, console, exit);
  add_worker_command(program, console, exit);
  try {
    program.parse(count, arguments);
  } catch (const CLI::Success& success) {
    return program.exit(success);
  } catch (const CLI::ParseError& error) {
    report_usage(program, error, count, arguments, console);
    return kBadUsage;
  }
  return exit;
}

}  // namespace
}  // namespace weir::app

int main(int count, char** arguments) {
  try {
    return weir::app::run_program(count, arguments);
  } catch (const std::exception& error) {
    weir::app::Console().error(std::string("unexpected: ") + error.what() + "; please report this");
    return weir::app::kFailed;
  }
}
