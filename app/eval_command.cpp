// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <memory>
#include <string>

#include "app/command.hpp"
#include "app/eval_input.hpp"
#include "app/eval_scores.hpp"

namespace weir::app {
namespace {

struct EvalArguments {
  std::string results;
  std::string truth;
  std::int64_t frames = 0;
  bool json = false;
};

int evaluate(const EvalArguments& arguments, Console& console) {
  const auto input = read_eval_input(arguments.results, arguments.truth, arguments.frames);
  if (!input) {
    console.error(input.error().text);
    return exit_code(input.error());
  }
  for (const std::string& warning : input->warnings) console.warn(warning);
  const auto scores = score(*input);
  if (!scores) {
    console.error(scores.error().text);
    return exit_code(scores.error());
  }
  const std::string text = arguments.json ? eval_json(*scores) : eval_tables(*scores);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return kFine;
}

}  // namespace

void add_eval_command(CLI::App& program, Console& console, int& exit) {
  const auto arguments = std::make_shared<EvalArguments>();
  CLI::App* command = program.add_subcommand("eval", "Score results against KITTI truth: AP, HOTA, CLEAR, Identity");
  command->add_option("RESULTS", arguments->results, "A results file, or a folder of them")->required();
  command->add_option("--truth", arguments->truth, "The truth file or folder; files have equal names")
      ->type_name("LABELS")
      ->required();
  command->add_option("--frames", arguments->frames, "Score only the first N frames of each tracking sequence")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command->add_flag("--json", arguments->json, "Print JSON in place of the tables");
  command->footer(
      "Formats: KITTI tracking (label_02) and its results, KITTI object (label_2) and its results, and the JSON lines\n"
      "of sink.jsonl as results; the truth's columns tell which. Van is neutral for Car, Person_sitting for "
      "Pedestrian,\n"
      "DontCare areas are ignored. Streaming AP is added where JSON lines hold published_ms.\n\n"
      "Examples:\n"
      "  pipeline eval out/kitti --truth label_02/0002.txt\n"
      "  pipeline eval out/kitti/results.jsonl --truth label_02/0002.txt --json\n"
      "  pipeline eval detections --truth training/label_2");
  command->callback([&console, &exit, arguments] { exit = evaluate(*arguments, console); });
}

}  // namespace weir::app
