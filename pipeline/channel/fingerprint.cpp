// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include "pipeline/base/concat.hpp"
#include "pipeline/base/format.hpp"
#include "pipeline/base/sha256.hpp"
#include "pipeline/channel/cloud_parts.hpp"
#include "pipeline/channel/plugin_codec.hpp"

namespace weir {
namespace {

/// The contents of a file stand for its path, which may differ from machine to machine.
Status add_file(Sha256& sha, const std::string& stage, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<char> block(1 << 16);
  std::uint64_t total = 0;
  while (file && !file.eof()) {
    file.read(block.data(), static_cast<std::streamsize>(block.size()));
    sha.add(block.data(), static_cast<std::size_t>(file.gcount()));
    total += static_cast<std::uint64_t>(file.gcount());
  }
  if (!file.eof()) {
    return {Code::not_found,
            concat("stage ", stage, ": ", path, " cannot be read; device and worker compare its contents")};
  }
  sha.add(&total, sizeof total);
  return {};
}

/// The files that a path stands for: itself, or where there is none of that name those that go on from it,
/// PATH/NAME_... and PATH/NAME...., in the order of their names.
std::vector<std::string> files_of(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code failed;
  if (fs::exists(path, failed)) return {path};
  const fs::path start(path);
  const std::string name = start.filename().string();
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(start.has_parent_path() ? start.parent_path() : ".", failed)) {
    const std::string found = entry.path().filename().string();
    if (found.starts_with(name + "_") || found.starts_with(name + ".")) files.push_back(entry.path().string());
  }
  std::ranges::sort(files);
  if (files.empty()) files.push_back(path);
  return files;
}

Status add_stage(Sha256& sha, const StageSpec& stage) {
  sha.add_text(stage.info->name);
  for (std::size_t i = 0; i < stage.values.size(); ++i) {
    const Path* path = std::get_if<Path>(&stage.values[i]);
    sha.add_text(stage.info->params[i].spec.name);
    if (path && !path->value.empty()) {
      for (const std::string& file : files_of(path->value)) {
        if (Status status = add_file(sha, stage.name, file); !status) return status;
      }
    } else {
      sha.add_text(format_value(stage.values[i]));
    }
  }
  return {};
}

/// Both sides must write and read the payloads of plug-ins alike; a format's name stands for it.
void add_formats(Sha256& sha, const GraphSpec& spec, const std::vector<OutputOf>& outputs) {
  for (const OutputOf& output : outputs) {
    const PayloadType* type = crossing_type(spec, output);
    if (type && find_plugin_codec(type->name)) sha.add_text(type->name);
  }
}

}  // namespace

Result<std::string> fingerprint_of(const GraphSpec& spec, const CloudPart& part) {
  Sha256 sha;
  const auto place = [&](std::size_t stage) {
    const auto at = std::find(part.stages.begin(), part.stages.end(), stage);
    return at == part.stages.end() ? std::string("device") : std::to_string(at - part.stages.begin());
  };
  for (const std::size_t index : part.stages) {
    if (Status status = add_stage(sha, spec.stages[index]); !status) return fail(status.error());
  }
  for (const EdgeSpec& edge : spec.edges) {
    if (place(edge.to) == "device") continue;
    const auto input = std::find(part.inputs.begin(), part.inputs.end(), OutputOf{edge.from, edge.from_port});
    sha.add_text(concat(place(edge.from), ".", std::to_string(edge.from_port), " ",
                        std::to_string(input - part.inputs.begin()), " > ", place(edge.to), ".",
                        std::to_string(edge.to_port)));
  }
  for (const OutputOf& output : part.outputs) {
    sha.add_text(concat(place(output.stage), ".", std::to_string(output.port)));
  }
  add_formats(sha, spec, part.inputs);
  add_formats(sha, spec, part.outputs);
  return sha.hex();
}

}  // namespace weir
