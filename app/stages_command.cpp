// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/command.hpp"
#include "app/session.hpp"
#include "pipeline/launch/describe.hpp"
#include "pipeline/launch_file.hpp"

namespace weir::app {
namespace {

struct StagesArguments {
  std::string name;
  bool json = false;
  bool markdown = false;
  bool schema = false;
};

/// The text that was asked for, or nothing where the stage is unknown.
std::optional<std::string> text_of(const StagesArguments& arguments, const Registry& registry) {
  if (arguments.schema) return launch_schema(registry);
  if (arguments.name.empty()) {
    if (arguments.markdown) return launch_reference(registry);
    return arguments.json ? stages_json(registry) : describe_stages(registry);
  }
  const StageInfo* stage = registry.find(arguments.name);
  if (!stage) return std::nullopt;
  return arguments.json ? stage_json(*stage) : describe_stage(*stage);
}

int show(const StagesArguments& arguments, Console& console) {
  int exit = kFine;
  const auto registry = builtin_registry(console, exit);
  if (!registry) return exit;
  auto text = text_of(arguments, *registry);
  if (!text) {
    std::vector<std::string> known;
    for (const StageInfo* stage : registry->all()) known.push_back(stage->name);
    const std::string nearest = nearest_name(arguments.name, known);
    console.error("there is no stage \"" + arguments.name + "\"" +
                  (nearest.empty() ? ";" : "; did you mean " + nearest + "?") + " \"pipeline stages\" lists them");
    return kBadUsage;
  }
  if (!text->ends_with('\n')) *text += '\n';
  std::fwrite(text->data(), 1, text->size(), stdout);
  return kFine;
}

}  // namespace

void add_stages_command(CLI::App& program, Console& console, int& exit) {
  const auto arguments = std::make_shared<StagesArguments>();
  CLI::App* command = program.add_subcommand("stages", "List the stages, or describe one: ports, parameters, ranges");
  auto* name = command->add_option("NAME", arguments->name, "A stage, for example infer.detector");
  auto* json = command->add_flag("--json", arguments->json, "The same as JSON");
  auto* markdown =
      command->add_flag("--markdown", arguments->markdown, "The reference of the launch file and all stages");
  auto* schema = command->add_flag("--schema", arguments->schema, "A JSON schema of the launch file, for editors");
  markdown->excludes(json)->excludes(name);
  schema->excludes(json)->excludes(markdown)->excludes(name);
  command->footer(
      "Examples:\n"
      "  pipeline stages\n"
      "  pipeline stages track.sort\n"
      "  pipeline stages --schema > weir.schema.json");
  command->callback([&console, &exit, arguments] { exit = show(*arguments, console); });
}

}  // namespace weir::app
