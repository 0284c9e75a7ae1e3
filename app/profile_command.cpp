// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/command.hpp"
#include "app/profile_frames.hpp"
#include "app/profile_text.hpp"
#include "app/session.hpp"
#include "app/text.hpp"
#include "stages/control/ladder_file.hpp"
#include "stages/control/rate_profile.hpp"

namespace weir::app {
namespace {

struct ProfileArguments {
  std::string launch;
  std::vector<std::string> set;
  std::string out = "out/ladder";
  std::size_t frames = 64;
  bool json = false;
};

const StageSpec* find_kind(const GraphSpec& spec, std::string_view kind) {
  for (const StageSpec& stage : spec.stages) {
    if (stage.info->name == kind) return &stage;
  }
  return nullptr;
}

template <typename T>
T value_of(const StageSpec& stage, std::string_view name) {
  for (std::size_t i = 0; i < stage.values.size(); ++i) {
    if (stage.info->params[i].spec.name != name) continue;
    if (const T* value = std::get_if<T>(&stage.values[i])) return *value;
  }
  return {};
}

/// The network that the launch file splits.
std::optional<SplitSettings> find_network(const GraphSpec& spec) {
  const StageSpec* head = find_kind(spec, "infer.head");
  if (!head) return std::nullopt;
  return SplitSettings{value_of<Path>(*head, "model").value,
                       value_of<std::vector<std::string>>(*head, "seam"),
                       value_of<std::string>(*head, "size"),
                       value_of<Path>(*head, "switchable").value,
                       value_of<std::vector<std::string>>(*head, "sizes"),
                       value_of<std::vector<std::string>>(*head, "other_seams")};
}

Status write_results(const RateProfile& profile, const std::filesystem::path& folder) {
  if (Status status = make_folder(folder.string()); !status) return status;
  if (profile.tables) {
    const auto& bytes = profile.tables->bytes();
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (Status status = write_file((folder / "tables.bin").string(), text); !status) return status;
  }
  if (Status status = write_file((folder / "points.jsonl").string(), profile_points(profile)); !status) return status;
  return write_ladder_file((folder / "ladder.json").string(), profile.ladder);
}

int failed(Console& console, const Error& error) {
  console.progress("");
  return report(console, error);
}

int profile(const ProfileArguments& arguments, Console& console) {
  int exit = kFine;
  const auto overrides = parse_overrides(arguments.set, console, exit);
  if (!overrides) return exit;
  auto registry = builtin_registry(console, exit);
  if (!registry) return exit;
  const auto spec = load(arguments.launch, *registry, *overrides, console, exit);
  if (!spec) return exit;
  const auto network = find_network(*spec);
  if (!network) {
    console.error(arguments.launch +
                  " has no stage infer.head, so there is no ladder to measure; "
                  "launch/kitti_split.yaml shows one");
    return kBadUsage;
  }
  ProfileOptions options;
  options.network = *network;
  options.progress = [&console](const std::string& text) {
    if (console.terminal()) return console.progress(text);
    console.note(text);
  };
  const auto frames = read_frames(*spec, *registry, arguments.frames);
  if (!frames) return failed(console, frames.error());
  auto measured = measure_rates(frames->views, options);
  if (!measured) return failed(console, measured.error());
  if (Status status = measure_local(*spec, *registry, *frames, options, measured->ladder); !status)
    return failed(console, status.error());
  console.progress("");
  if (Status status = write_results(*measured, arguments.out); !status) return failed(console, status.error());
  const std::string text = arguments.json ? profile_json(*measured) : profile_table(*measured);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return kFine;
}

}  // namespace

void add_profile_command(CLI::App& program, Console& console, int& exit) {
  const auto arguments = std::make_shared<ProfileArguments>();
  CLI::App* command =
      program.add_subcommand("profile", "Measure the rate ladder of a split network: bytes, times and accuracy");
  command->add_option("LAUNCH", arguments->launch, "A launch file with infer.head")->required();
  command->add_option("--out", arguments->out, "Folder for ladder.json, tables.bin, and points.jsonl to plot")
      ->type_name("DIR")
      ->capture_default_str();
  command->add_option("--frames", arguments->frames, "Frames of the launch file's camera to measure with")
      ->type_name("N")
      ->check(CLI::Range(8, 10000))
      ->capture_default_str();
  command->add_option("--set", arguments->set, "Override a value of the launch file (may be repeated)")
      ->type_name("KEY=VALUE")
      ->take_all()
      ->allow_extra_args(false);
  command->add_flag("--json", arguments->json, "Print JSON in place of the table");
  command->footer(
      "The codec's tables are made from the first half of the frames, everything is measured on the second. Accuracy\n"
      "is agreement with the whole network on the frames as they are. Times are of this machine.\n\n"
      "Examples:\n"
      "  pipeline profile launch/kitti_split.yaml\n"
      "  pipeline profile launch/kitti_split.yaml --set stages.head.seam=[781] --out out/deeper\n"
      "  pipeline profile launch/kitti_split.yaml --set stages.head.switchable=out/switchable/yolox_nano");
  command->callback([&console, &exit, arguments] { exit = profile(*arguments, console); });
}

}  // namespace weir::app
