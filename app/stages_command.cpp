// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>

#include "app/command.hpp"
#include "app/session.hpp"
#include "app/text.hpp"

namespace weir::app {
namespace {

struct StagesArguments {
  std::string name;
  bool json = false;
  bool markdown = false;
  bool schema = false;
};

std::string list_text(const Registry& registry) {
  std::size_t width = 0;
  for (const StageInfo* stage : registry.all()) width = std::max(width, stage->name.size());
  std::string text;
  for (const StageInfo* stage : registry.all()) {
    text += print("%-*s  %.*s\n", static_cast<int>(width), stage->name.c_str(), static_cast<int>(stage->summary.size()),
                  stage->summary.data());
  }
  return text;
}

int show(const StagesArguments&, Console& console) {
  int exit = kFine;
  const auto registry = builtin_registry(console, exit);
  if (!registry) return exit;
  const std::string text = list_text(*registry);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return kFine;
}

}  // namespace

void add_stages_command(CLI::App& program, Console& console, int& exit) {
  const auto arguments = std::make_shared<StagesArguments>();
  CLI::App* command = program.add_subcommand("stages", "List the stages, or describe one: ports, parameters, ranges");
  command->add_option("NAME", arguments->name, "A stage, for example infer.detector");
  auto* json = command->add_flag("--json", arguments->json, "The same as JSON");
  auto* markdown = command->add_flag("--markdown", arguments->markdown, "The reference of the launch file");
  command->add_flag("--schema", arguments->schema, "A JSON schema of the launch file, for editors")
      ->excludes(json)
      ->excludes(markdown);
  markdown->excludes(json);
  command->footer(
      "Examples:\n"
      "  pipeline stages\n"
      "  pipeline stages track.sort\n"
      "  pipeline stages --schema > weir.schema.json");
  command->callback([&console, &exit, arguments] { exit = show(*arguments, console); });
}

}  // namespace weir::app
