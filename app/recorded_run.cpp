// SPDX-License-Identifier: Apache-2.0
#include "app/recorded_run.hpp"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "app/text.hpp"

namespace weir::app {
namespace {

constexpr const char* kLaunch = "launch.yaml";
constexpr const char* kRun = "run.json";

std::string inside(const std::string& folder, const char* file) {
  return (std::filesystem::path(folder) / file).string();
}

}  // namespace

Status write_recorded_run(const std::string& folder, const GraphSpec& spec, const RunOptions& options) {
  if (Status status = make_folder(folder); !status) return status;
  if (Status status = write_file(inside(folder, kLaunch), spec.config_text); !status) return status;
  nlohmann::ordered_json run{{"version", WEIR_VERSION},
                             {"engine", WEIR_ENGINE_NAME},
                             {"config_sha256", spec.config_sha256},
                             {"seed", options.seed},
                             {"realtime", options.realtime}};
  if (options.frames) run["frames"] = *options.frames;
  return write_file(inside(folder, kRun), run.dump(2) + "\n");
}

Result<RecordedRun> read_recorded_run(const std::string& folder) {
  const auto text = read_file(inside(folder, kRun), "recording");
  if (!text) {
    return fail(Code::not_found, "\"" + folder + "\" holds no recording (" + kRun +
                                     " cannot be read); record one by pipeline --launch FILE --record " + folder);
  }
  try {
    const auto run = nlohmann::json::parse(*text);
    RecordedRun recorded;
    recorded.launch_path = inside(folder, kLaunch);
    recorded.version = run.at("version").get<std::string>();
    recorded.engine = run.at("engine").get<std::string>();
    recorded.config_sha256 = run.at("config_sha256").get<std::string>();
    recorded.options.seed = run.at("seed").get<std::uint64_t>();
    recorded.options.realtime = run.at("realtime").get<bool>();
    if (run.contains("frames")) recorded.options.frames = run.at("frames").get<std::uint64_t>();
    recorded.options.replay_dir = folder;
    return recorded;
  } catch (const nlohmann::json::exception& error) {
    return fail(Code::corrupt,
                inside(folder, kRun) + " is not what --record writes (" + error.what() + "); record again");
  }
}

}  // namespace weir::app
