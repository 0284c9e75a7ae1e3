// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "pipeline/graph_spec.hpp"
#include "pipeline/registry.hpp"

namespace weir {

/// One thing wrong with a launch file, with its place (from 1; 0 = no place, as for an override).
struct Diagnostic {
  int line = 0;
  int column = 0;
  std::string text;  ///< names stage and key, the value seen, the value wanted, the nearest known name
  Code code = Code::invalid;
};

/// "file.yaml:3:7: error: ..." one per line.
std::string format_diagnostics(std::string_view file, const std::vector<Diagnostic>& diagnostics);

/// A `--set` of the command line: a dotted path and a YAML value.
struct Override {
  std::string path;
  std::string value;
};

/// Reads and checks a launch file's text completely and returns the graph, or everything that is wrong with it at once.
/// Plug-ins it names are loaded into `registry` first. Thread-compatible.
tl::expected<GraphSpec, std::vector<Diagnostic>> parse_launch(std::string_view text, Registry& registry,
                                                              const std::vector<Override>& overrides = {});

/// The same for a file; one that cannot be read is a diagnostic with Code::not_found.
tl::expected<GraphSpec, std::vector<Diagnostic>> load_launch(const std::string& path, Registry& registry,
                                                             const std::vector<Override>& overrides = {});

/// A parameter's value from its YAML text; durations are "200 ms", "5 s", "1.5 min", "30 us".
Result<ParamValue> parse_param(const ParamInfo& param, std::string_view text);

/// The nearest of `known` to `seen` by edit distance, or empty when none is near.
std::string nearest_name(std::string_view seen, const std::vector<std::string>& known);

}  // namespace weir
