// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fstream>

#include "pipeline/base/concat.hpp"
#include "pipeline/base/format.hpp"
#include "pipeline/base/sha256.hpp"
#include "pipeline/channel/cloud_parts.hpp"

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

Status add_stage(Sha256& sha, const StageSpec& stage) {
  sha.add_text(stage.info->name);
  for (std::size_t i = 0; i < stage.values.size(); ++i) {
    const Path* path = std::get_if<Path>(&stage.values[i]);
    sha.add_text(stage.info->params[i].spec.name);
    if (path && !path->value.empty()) {
      if (Status status = add_file(sha, stage.name, path->value); !status) return status;
    } else {
      sha.add_text(format_value(stage.values[i]));
    }
  }
  return {};
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
  return sha.hex();
}

}  // namespace weir
