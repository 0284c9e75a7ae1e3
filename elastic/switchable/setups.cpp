// SPDX-License-Identifier: Apache-2.0
#include "elastic/switchable/setups.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <system_error>

namespace weir {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr int kMaxBits = 16;
constexpr int kMaxChannels = 4096;

Json to_json(const SwitchableSetup& setup) {
  return {{"name", setup.name}, {"channels", setup.channels}, {"bits", setup.bits}, {"bytes", setup.bytes},
          {"step", setup.step}, {"scale", setup.scale},       {"bias", setup.bias}};
}

SwitchableSetup setup_of(const Json& json) {
  SwitchableSetup setup;
  json.at("name").get_to(setup.name);
  json.at("channels").get_to(setup.channels);
  json.at("bits").get_to(setup.bits);
  json.at("bytes").get_to(setup.bytes);
  json.at("step").get_to(setup.step);
  json.at("scale").get_to(setup.scale);
  json.at("bias").get_to(setup.bias);
  return setup;
}

/// What of a setup cannot be true; empty: nothing.
std::string impossible(const SwitchableSetup& setup, const SwitchableSetups& all) {
  const auto seen = [](const char* key, std::size_t value, const std::string& wanted) {
    return std::string(key) + " " + std::to_string(value) + ", wanted " + wanted;
  };
  if (setup.channels < 1 || setup.channels > all.channels) {
    return "channels " + std::to_string(setup.channels) + ", wanted 1 to " + std::to_string(all.channels);
  }
  if (setup.bits < 1 || setup.bits > kMaxBits) return "bits " + std::to_string(setup.bits) + ", wanted 1 to 16";
  if (setup.step.size() != static_cast<std::size_t>(all.channels)) {
    return seen("steps", setup.step.size(), std::to_string(all.channels));
  }
  if (setup.scale.empty() || setup.scale.size() != setup.bias.size() ||
      setup.scale.size() != all.setups.front().scale.size()) {
    return seen("scales", setup.scale.size(), "as many as biases, the same in every setup");
  }
  if (!std::ranges::all_of(setup.step, [](float step) { return std::isfinite(step) && step > 0; })) {
    return "a step that is not positive";
  }
  const auto finite = [](float value) { return std::isfinite(value); };
  if (!std::ranges::all_of(setup.scale, finite) || !std::ranges::all_of(setup.bias, finite)) {
    return "a scale or bias that is no number";
  }
  return {};
}

}  // namespace

std::string format_setups(const SwitchableSetups& setups) {
  Json json{{"version", kVersion},
            {"seam", setups.seam},
            {"network", setups.network},
            {"channels", setups.channels},
            {"frame_width", setups.frame_width},
            {"frame_height", setups.frame_height},
            {"setups", Json::array()}};
  for (const SwitchableSetup& setup : setups.setups) json["setups"].push_back(to_json(setup));
  return json.dump(1) + "\n";
}

Result<SwitchableSetups> parse_setups(std::string_view text, const std::string& name) try {
  const Json json = Json::parse(text);
  if (const int version = json.at("version").get<int>(); version != kVersion) {
    return fail(Code::corrupt, name + ": version " + std::to_string(version) + " of a list of setups, wanted 1");
  }
  SwitchableSetups setups;
  json.at("seam").get_to(setups.seam);
  json.at("network").get_to(setups.network);
  json.at("channels").get_to(setups.channels);
  json.at("frame_width").get_to(setups.frame_width);
  json.at("frame_height").get_to(setups.frame_height);
  for (const Json& setup : json.at("setups")) setups.setups.push_back(setup_of(setup));
  if (setups.setups.empty()) return fail(Code::corrupt, name + ": no setup, wanted one or more");
  if (setups.channels < 1 || setups.channels > kMaxChannels) {
    return fail(Code::corrupt, name + ": " + std::to_string(setups.channels) + " channels, wanted 1 to 4096");
  }
  for (const SwitchableSetup& setup : setups.setups) {
    const std::string what = impossible(setup, setups);
    if (!what.empty()) return fail(Code::corrupt, name + ": setup \"" + setup.name + "\" has " + what);
  }
  return setups;
} catch (const nlohmann::json::exception& error) {
  return fail(Code::corrupt, name + ": " + error.what());
}

Status save_setups(const SwitchableSetups& setups, const std::filesystem::path& path) {
  const std::filesystem::path draft = path.string() + ".part";
  std::ofstream file(draft, std::ios::binary);
  file << format_setups(setups);
  file.close();
  std::error_code failed;
  if (file) std::filesystem::rename(draft, path, failed);
  if (!file || failed) return {Code::io, path.string() + " cannot be written; is there room and may you write there?"};
  return {};
}

Result<SwitchableSetups> load_setups(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(Code::not_found, "list of setups " + path.string() + " cannot be read");
  std::ostringstream text;
  text << file.rdbuf();
  return parse_setups(text.str(), path.string());
}

}  // namespace weir
